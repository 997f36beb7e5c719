// The sentences that a policy can show for a cause, with what differs from message to message as
// marks. Pure; any thread.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "policy/policy.h"
#include "policy/reason.h"

namespace relaypermit {

// What stands for a value that only a message has. Texts of every language name each, and explain
// it. `session` is {login} where somebody may be refused without having logged in.
inline constexpr std::array<std::string_view, 10> sentence_marks = {
    "login", "session", "client", "port", "sender", "from", "recipient", "instead", "rule", "ref"};

struct SentencePiece {
    std::string text{};  // of a mark: which
    bool mark{};

    friend bool operator==(const SentencePiece&, const SentencePiece&) = default;
};
struct ShownSentence {
    std::vector<SentencePiece> pieces{};
    Reason reason{};      // that it is given for: it can have a remedy of its own
    bool of_the_admin{};  // in whatever language the policy has it; ours are English
};

// Each once; the first whole, with code, help address and reference, and the others, which have
// these in common with it, in their words alone. Of a suspension's own text nothing is shown: it
// speaks of one person.
[[nodiscard]] std::vector<ShownSentence> shown_sentences(const Policy& policy, Cause cause);

}  // namespace relaypermit
