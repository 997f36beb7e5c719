// The table of causes: one row each, and what is read from it. The texts stand in cause_text.cpp.
// Pure; any thread.
#include "policy/cause.h"

#include <algorithm>

namespace relaypermit {

namespace {

struct Row {
    Cause cause{};
    std::string_view id{};
    Stage stage{};
    Action action{};
    std::string_view code{};
    std::string_view enhanced{};
};

// 530 5.7.0 answers a submission without login or TLS (RFC 6409 4.3, RFC 4954 6); 550 5.7.1 is
// "not authorized" everywhere else (RFC 6409 6.1 to 6.3, RFC 5321 3.6.2).
constexpr std::array<Row, cause_count> rows = {{
    {Cause::tls_required, "tls-required", Stage::mail, Action::reject, "530", "5.7.0"},
    {Cause::login_required, "login-required", Stage::mail, Action::reject, "530", "5.7.0"},
    {Cause::account_suspended, "account-suspended", Stage::mail, Action::reject, "550", "5.7.1"},
    {Cause::client_not_allowed, "client-not-allowed", Stage::mail, Action::reject, "550", "5.7.1"},
    {Cause::weak_login, "weak-login", Stage::mail, Action::reject, "550", "5.7.1"},
    {Cause::helo_forged, "helo-forged", Stage::mail, Action::off, "550", "5.7.1"},
    {Cause::null_sender_refused, "null-sender-refused", Stage::mail, Action::off, "550", "5.7.1"},
    {Cause::sender_not_owned, "sender-not-owned", Stage::mail, Action::reject, "550", "5.7.1"},
    {Cause::sender_not_hosted, "sender-not-hosted", Stage::mail, Action::reject, "550", "5.7.1"},
    {Cause::recipient_not_allowed, "recipient-not-allowed", Stage::rcpt, Action::reject, "550",
     "5.7.1"},
    {Cause::use_submission, "use-submission", Stage::rcpt, Action::reject, "550", "5.7.1"},
    {Cause::relay_not_permitted, "relay-not-permitted", Stage::rcpt, Action::reject, "550",
     "5.7.1"},
    {Cause::hosted_sender_needs_login, "hosted-sender-needs-login", Stage::rcpt, Action::off, "550",
     "5.7.1"},
    {Cause::from_unusable, "from-unusable", Stage::headers, Action::reject, "550", "5.7.1"},
    {Cause::from_not_owned, "from-not-owned", Stage::headers, Action::reject, "550", "5.7.1"},
    {Cause::hosted_from_needs_login, "hosted-from-needs-login", Stage::headers, Action::off, "550",
     "5.7.1"},
    {Cause::lookup_failed, "lookup-failed", Stage::mail, Action::tempfail, "450", "4.3.0"},
}};

constexpr bool rows_are_in_the_order_of_the_enum() {
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (static_cast<std::size_t>(rows[i].cause) != i || all_causes[i] != rows[i].cause) {
            return false;
        }
    }
    return true;
}
static_assert(rows_are_in_the_order_of_the_enum());

const Row& row(Cause cause) {
    return rows[static_cast<std::size_t>(cause)];
}

constexpr std::array<std::string_view, 4> action_names = {"reject", "tempfail", "monitor", "off"};

bool all_digits(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
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
    for (std::size_t i = 0; i < action_names.size(); ++i) {
        if (action_names[i] == text) return static_cast<Action>(i);
    }
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
    for (const auto part : {subject, detail}) {
        if (part.empty() || part.size() > 3 || !all_digits(part)) return std::nullopt;
    }
    return ReplyCode{std::string(code), std::string(enhanced)};
}

std::string to_string(const ReplyCode& code) {
    return code.code + " " + code.enhanced;
}

std::string_view to_string(Cause cause) {
    return row(cause).id;
}

std::optional<Cause> cause_from(std::string_view id) {
    for (const auto& each : rows) {
        if (each.id == id) return each.cause;
    }
    return std::nullopt;
}

Stage stage_of(Cause cause) {
    return row(cause).stage;
}

Action default_action(Cause cause) {
    return row(cause).action;
}

ReplyCode default_reply(Cause cause) {
    return {std::string(row(cause).code), std::string(row(cause).enhanced)};
}

}  // namespace relaypermit
