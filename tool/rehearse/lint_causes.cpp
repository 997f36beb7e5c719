// Warnings about [cause.<id>] and the texts of replies.
#include <algorithm>
#include <array>

#include "policy/cause_rows.h"
#include "tool/rehearse/lint.h"

namespace relaypermit {
namespace {

// The first character at which log summarisers would cut, as render_reply() sees it: at the end of
// a word each of `, : ;`, within one a comma or semicolon. Within an address of the web they stay.
std::size_t summary_end(std::string_view text) {
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find(' ', begin), text.size());
        const std::string_view word = text.substr(begin, end - begin);
        const std::size_t last = word.find_last_not_of(",:;");
        const std::size_t trailing = last == std::string_view::npos ? 0 : last + 1;
        const bool is_url = word.find("://") != std::string_view::npos;
        const std::size_t within = is_url ? std::string_view::npos : word.find_first_of(",;");
        if (const std::size_t at = std::min(trailing, within); at < word.size()) return begin + at;
        begin = end + 1;
    }
    return std::string_view::npos;
}

void lint_text(Lint& lint, const Place& place, const std::string& text) {
    // fail2ban's stock filter for Postfix bans a client by these words at the beginning.
    constexpr std::array<std::string_view, 3> banned = {"relay access denied", "access denied",
                                                        "user unknown"};
    const std::string lower = ascii_lower(text);
    for (const std::string_view words : banned)
        if (lower.starts_with(words)) {
            lint.warn(place,
                      "fail2ban's stock filter bans a client whose refusal begins with " +
                          in_backticks(text.substr(0, words.size())) +
                          ", so the reply will begin with `Refused - `",
                      "begin with other words");
            break;
        }
    if (const std::size_t end = summary_end(text); end != std::string::npos)
        lint.warn(place,
                  "log summarisers cut a text at " + in_backticks(text.substr(end, 1)) +
                      ", so the reply will have a dash there",
                  "write a dash");
    if (text.find("{rule}") != std::string::npos)
        lint.warn(place, "`{rule}` tells whoever is refused the name of a rule",
                  "the record names it; the reference leads there");
}

}  // namespace

void lint_causes(Lint& lint) {
    for (const Cause cause : all_causes) {
        const CausePolicy& own = lint.loaded().policy->cause(cause);
        const std::string id(to_string(cause));
        const std::string_view open = row_of(cause).what_opens;
        if (!refuses(own.action) && refuses(default_action(cause)) && !open.empty())
            lint.warn(lint.place("cause." + id + ".action"),
                      in_backticks(id) + " is " + std::string(to_string(own.action)) + ": " +
                          std::string(open),
                      own.action == Action::off ? "`monitor` would record it at least"
                                                : in_backticks(to_string(default_action(cause))) +
                                                      " when the records look right");
        if (cause == Cause::hosted_from_needs_login && refuses(own.action))
            lint.warn(lint.place("cause." + id + ".action"),
                      in_backticks(id) +
                          " refuses mail that lists and forwards bring back to their author's "
                          "domain",
                      "`monitor` shows what it would refuse");
        if (cause == Cause::null_sender_refused && refuses(own.action))
            lint.warn(lint.place("cause." + id + ".action"),
                      in_backticks(id) + " refuses receipts and vacation replies of users",
                      "`monitor` shows what it would refuse");
        const CauseExceptions& except = *lint.source().exceptions[static_cast<std::size_t>(cause)];
        if (cause == Cause::from_unusable && refuses(own.action) && !except.empty())
            lint.warn(lint.place("cause." + id),
                      "whom `from-unusable` excepts may write any From: what cannot be read in one "
                      "way only has no owner",
                      "for programs that cannot be mended, and whose logins are known");
        if (!own.text_is_default) lint_text(lint, lint.place("cause." + id + ".text"), own.text);
    }
    for (const Restriction& restriction : lint.source().restrictions)
        if (!restriction.text.empty()) lint_text(lint, restriction.place, restriction.text);
}

}  // namespace relaypermit
