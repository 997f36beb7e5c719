// Values that several sections of a policy file hold, read with their mistakes. Internal to
// config/. Used by one thread while a policy is loaded.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/reader.h"
#include "policy/domain.h"
#include "policy/policy_source.h"

namespace relaypermit {

// Each skips what it cannot use and says so; none asks for more than the right type.
[[nodiscard]] DomainSet take_domains(Reader& reader, const Node& list);
[[nodiscard]] std::optional<PlacedNetwork> take_network(Reader& reader, const Node& item);
[[nodiscard]] std::vector<PlacedNetwork> take_networks(Reader& reader, const Node& list);
[[nodiscard]] std::vector<Network> without_places(const std::vector<PlacedNetwork>& networks);
// Strings of printable ASCII without white space, such as names of mailers and mechanisms.
// `what` is what one is called: "a mailer".
[[nodiscard]] std::vector<std::string> take_words(Reader& reader, const Node& list,
                                                  std::string_view what);
[[nodiscard]] bool is_word(std::string_view text);
// "https://webmail.example.com:8443/mail" has "webmail.example.com:8443".
[[nodiscard]] std::string_view authority_of(std::string_view url);
// Whether that names a host that can be asked, and a port where there is a colon.
[[nodiscard]] bool has_web_host(std::string_view url);

// False, and said, for a date with a time but without an offset, which names no moment.
[[nodiscard]] bool names_a_moment(Reader& reader, const Node& when);

// A text for the reply, [cause.<id>] text and [[restrict]] text: printable ASCII in one line, its
// placeholders known, short enough for a reply with its code, help address and reference.
// Returns false where there was a mistake.
bool check_reply_text(Reader& reader, const Node& text, std::string_view help_url);

}  // namespace relaypermit
