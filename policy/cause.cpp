#include "policy/cause.h"

#include <algorithm>

#include "policy/ascii.h"
#include "policy/cause_rows.h"

namespace relaypermit {

namespace {

constexpr std::array<std::string_view, 4> action_names = {"reject", "tempfail", "monitor", "off"};

bool all_digits(std::string_view text) {
    return std::all_of(text.begin(), text.end(), is_ascii_digit);
}

}  // namespace

std::string_view to_string(Stage stage) {
    switch (stage) {
        case Stage::mail:
            return "mail";
        case Stage::rcpt:
            return "rcpt";
        case Stage::headers:
            break;
    }
    return "eom";
}

std::string_view to_string(Action action) {
    return action_names[static_cast<std::size_t>(action)];
}

std::optional<Action> action_from(std::string_view text) {
    for (std::size_t i = 0; i < action_names.size(); ++i)
        if (action_names[i] == text) return static_cast<Action>(i);
    return std::nullopt;
}

std::optional<ReplyCode> ReplyCode::parse(std::string_view text) {
    const auto space = text.find(' ');
    if (space != 3) return std::nullopt;
    const auto code = text.substr(0, 3);
    const auto enhanced = text.substr(4);
    if (!all_digits(code) || (code[0] != '4' && code[0] != '5') || code[1] > '5' || code == "421" ||
        code == "521") {
        return std::nullopt;
    }
    if (enhanced.size() < 5 || enhanced[0] != code[0] || enhanced[1] != '.') return std::nullopt;
    const auto dot = enhanced.find('.', 2);
    if (dot == std::string_view::npos) return std::nullopt;
    const auto subject = enhanced.substr(2, dot - 2);
    const auto detail = enhanced.substr(dot + 1);
    for (const auto part : {subject, detail})
        if (part.empty() || part.size() > 3 || !all_digits(part)) return std::nullopt;
    return ReplyCode{std::string(code), std::string(enhanced)};
}

std::string to_string(const ReplyCode& code) {
    return code.code + " " + code.enhanced;
}

std::string_view to_string(Cause cause) {
    return row_of(cause).id;
}

std::optional<Cause> cause_from(std::string_view id) {
    for (const Cause cause : all_causes)
        if (row_of(cause).id == id) return cause;
    return std::nullopt;
}

Stage stage_of(Cause cause) {
    return row_of(cause).stage;
}

Action default_action(Cause cause) {
    return row_of(cause).action;
}

ReplyCode default_reply(Cause cause) {
    return {std::string(row_of(cause).code), std::string(row_of(cause).enhanced)};
}

std::string_view default_text(Cause cause) {
    return row_of(cause).text;
}

}  // namespace relaypermit
