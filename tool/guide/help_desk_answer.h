// What a help desk pastes into its answer to somebody whose message was refused: the cause in plain
// words and the steps for their program, from the texts of the help pages. It says what anybody may
// read there, and nothing of a record but its reference. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "tool/guide/site.h"

namespace relaypermit {

struct AnswerText {
    std::string text{};
    std::string code{};  // a block behind it, in lines; empty: none
};

struct AnswerValue {
    std::string label{};
    std::string value{};
};

// The section of a program's page that mends this cause.
struct ProgramAnswer {
    std::string id{};  // empty: it is not known which; these are the settings of any
    std::string name{};
    std::string language{};    // of what follows
    std::string only_there{};  // that the page is not translated; empty: it is
    std::string heading{};
    std::vector<AnswerText> before{};
    std::vector<AnswerText> steps{};
    std::vector<AnswerValue> values{};
    std::vector<AnswerText> notes{};
};

struct UserAnswer {
    std::string reference{};
    std::string cause{};
    std::string language{};
    std::string title{};
    std::string shown_heading{};
    std::string shown{};  // what the person was told; empty: not known
    std::string happened_heading{};
    std::vector<AnswerText> happened{};  // empty: the title says all of it
    std::string steps_heading{};
    std::vector<AnswerText> steps{};
    std::vector<AnswerText> notes{};
    std::optional<ProgramAnswer> program{};
    std::string page_heading{};  // empty: no setting of a program helps
    std::string page{};          // where all of it stands; empty: [server] has no help_url
};

// `cause` is a cause's id or wrong-password, `reply` what the person was told, `program` the id of
// a program or empty. The reply comes first, for it knows the addresses; where it was written for
// a reason, the steps are those of the reason, not of the cause. The error is a whole sentence.
[[nodiscard]] tl::expected<UserAnswer, std::string> answer_for_user(
    const Loaded& loaded, const GuideData& data, std::string_view cause, std::string_view reference,
    std::string_view reply, std::string_view program, std::string_view language);

// Plain text in lines of at most 72 columns, but for code and addresses, which are not broken.
[[nodiscard]] std::string to_text(const UserAnswer& answer);
[[nodiscard]] std::string to_json_line(const UserAnswer& answer);

}  // namespace relaypermit
