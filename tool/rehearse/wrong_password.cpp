#include "tool/rehearse/wrong_password.h"

#include <algorithm>
#include <array>
#include <vector>

#include "record/json_writer.h"
#include "tool/base/visible.h"
#include "tool/rehearse/footers.h"

namespace relaypermit {
namespace {

constexpr std::string_view by_itself =
    "the mail server says so by itself: relaypermitd is not asked, and keeps no record of it";
constexpr std::string_view needs_footers =
    "what stands behind the first dash takes smtpd_reject_footer_maps in main.cf "
    "(relaypermit footers)";

std::vector<std::string> advice_for(const WrongPassword& refusal) {
    const std::string name =
        refusal.user.empty() ? "the user name" : "the user name `" + refusal.user + "`";
    return {"enter the password anew in the mail program", "or correct " + name + " there",
            "or set a new password for it in the mail server's accounts"};
}

}  // namespace

WrongPassword wrong_password(const Policy& policy, std::string_view user, Mta mta) {
    if (mta == Mta::sendmail)
        return {.user = std::string(user), .own = "535 5.7.0 authentication failed"};
    return {.user = std::string(user),
            .own = "535 5.7.8 Error: authentication failed: authentication failure",
            .more = words_for_wrong_password(policy)};
}

std::string to_text(const WrongPassword& refusal, const Terminal& terminal) {
    const std::size_t width = std::max<std::size_t>(terminal.width, 40);
    std::string text = terminal.paint(Style::red, "mta-reject") + "  " +
                       terminal.paint(Style::bold, std::string(wrong_password_id) + " at AUTH") +
                       "\n" + wrapped(visible(refusal.reply()), width, 0) + "\n";
    text += wrapped(by_itself, width, 0) + "\n";
    if (!refusal.more.empty()) text += wrapped(needs_footers, width, 0) + "\n";
    text += "\n" + terminal.paint(Style::bold, "what would permit it:") + "\n";
    for (const std::string& advice : advice_for(refusal))
        text += "  - " + wrapped(visible(advice), width, 4) + "\n";
    return text;
}

std::string to_json_line(const WrongPassword& refusal) {
    JsonWriter json;
    json.open_object().key("verdict").value("mta-reject").key("cause").value(wrong_password_id);
    json.key("stage").value("auth").key("login").value(refusal.user);
    json.key("reply").value(refusal.reply());
    json.key("needs_footers").value(!refusal.more.empty());
    json.key("without_footers").value(refusal.own);
    json.key("advice").values(advice_for(refusal));
    return json.close_object().take();
}

}  // namespace relaypermit
