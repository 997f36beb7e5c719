// The ways in which relaying fails. Ids, order and default replies are API: they stand in logs,
// metrics, help addresses and in [cause.<id>]. Pure; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace relaypermit {

enum class Stage : std::uint8_t { mail, rcpt, headers };
[[nodiscard]] std::string_view to_string(Stage stage);  // "mail", "rcpt", "eom" (as logged)

enum class Cause : std::uint8_t {
    // In the order in which a stage asks.
    tls_required,
    login_required,
    account_suspended,
    client_not_allowed,
    weak_login,
    helo_forged,
    null_sender_refused,
    sender_not_owned,
    sender_not_hosted,
    recipient_not_allowed,
    use_submission,
    relay_not_permitted,
    hosted_sender_needs_login,
    from_unusable,
    from_not_owned,
    from_not_aligned,
    hosted_from_needs_login,
    lookup_failed,
};
inline constexpr std::size_t cause_count = 18;
inline constexpr std::array<Cause, cause_count> all_causes = {
    Cause::tls_required,
    Cause::login_required,
    Cause::account_suspended,
    Cause::client_not_allowed,
    Cause::weak_login,
    Cause::helo_forged,
    Cause::null_sender_refused,
    Cause::sender_not_owned,
    Cause::sender_not_hosted,
    Cause::recipient_not_allowed,
    Cause::use_submission,
    Cause::relay_not_permitted,
    Cause::hosted_sender_needs_login,
    Cause::from_unusable,
    Cause::from_not_owned,
    Cause::from_not_aligned,
    Cause::hosted_from_needs_login,
    Cause::lookup_failed,
};

enum class Action : std::uint8_t { reject, tempfail, monitor, off };
[[nodiscard]] std::string_view to_string(Action action);
[[nodiscard]] std::optional<Action> action_from(std::string_view text);

// "550 5.7.1": an SMTP code and an enhanced code of the same class (RFC 3463).
struct ReplyCode {
    std::string code{};      // three digits
    std::string enhanced{};  // "5.7.1"

    // nullopt unless it is "NNN N.N{1,3}.N{1,3}", 4xx or 5xx (the second digit 0 to 5, RFC 5321
    // 4.2), both of one class, and neither 421 nor 521, at which MTAs hang up (smtpd_chat.c).
    [[nodiscard]] static std::optional<ReplyCode> parse(std::string_view text);
    friend bool operator==(const ReplyCode&, const ReplyCode&) = default;
};
[[nodiscard]] std::string to_string(const ReplyCode& code);

// The id as written in policies and logs: "sender-not-owned".
[[nodiscard]] std::string_view to_string(Cause cause);
[[nodiscard]] std::optional<Cause> cause_from(std::string_view id);
[[nodiscard]] Stage stage_of(Cause cause);  // lookup_failed: any; answers Stage::mail
[[nodiscard]] Action default_action(Cause cause);
[[nodiscard]] ReplyCode default_reply(Cause cause);
// The default text with its placeholders ({server}, {sender}, ...), for someone who knows nothing
// of mail.
[[nodiscard]] std::string_view default_text(Cause cause);
// What a policy says of one cause ([cause.<id>]), defaults filled in.
struct CausePolicy {
    Action action{};
    ReplyCode reply{};  // as configured; a tempfail of a 5xx default is turned by the reply builder
    std::string text{};
    bool text_is_default{true};  // that of a Reason replaces only a default text
};

}  // namespace relaypermit
