// What a verdict turns on and the facts do not say: decide() asks for it and goes on. A value; any
// thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace relaypermit {

struct Question {
    // What a login has used so far would be a kind of its own, `count`: whoever is asked puts its
    // answer into the facts as that of a table, and the loop of decide() stays as it is.
    enum class Kind : std::uint8_t { table };

    Kind kind{};
    std::string key{};  // table: the id of an [[alias_table]]

    friend bool operator==(const Question&, const Question&) = default;
};

// The keys of the questions of one kind, in order.
[[nodiscard]] inline std::vector<std::string> keys_of(const std::vector<Question>& questions,
                                                      Question::Kind kind) {
    std::vector<std::string> keys;
    for (const Question& question : questions)
        if (question.kind == kind) keys.push_back(question.key);
    return keys;
}

}  // namespace relaypermit
