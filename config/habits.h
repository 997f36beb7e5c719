// Words that people bring along from other programs, or guess, for keys, tables and values of ours.
// Edit distance finds what was mistyped; these were meant. Internal to config/. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relaypermit {

// The key among `known` that `written` is another word for (`users`: `logins`); empty where none
// is.
[[nodiscard]] std::string key_of_habit(std::string_view written,
                                       const std::vector<std::string_view>& known);
// The same of a value (`deny`: `reject`).
[[nodiscard]] std::string value_of_habit(std::string_view written,
                                         std::span<const std::string_view> allowed);
// The same of a placeholder in a sender (`username`: `user`).
[[nodiscard]] std::string placeholder_of_habit(std::string_view written);
// The name of the table that `written` is another word for (`grant`: `alias`); empty where none is.
[[nodiscard]] std::string_view table_of_habit(std::string_view written);

}  // namespace relaypermit
