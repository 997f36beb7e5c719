#include "tool/commands/case_options.h"

#include <charconv>
#include <initializer_list>
#include <utility>

#include "tool/base/when.h"

namespace relaypermit {

void CaseOptions::declare(Options& options) {
    options.value("--login", login_, "LOGIN", "as the mail server gives it; default: none");
    options.value("--mechanism", mechanism_, "NAME", "of the login; default PLAIN");
    options.value("--client", client_, "IP", "default 198.51.100.1");
    options.value("--port", port_, "N",
                  "of the server; default: the policy's first submission port");
    options.flag("--tls", tls_, "with TLS; default on a submission port");
    options.flag("--no-tls", no_tls_, "without TLS");
    options.value("--helo", helo_, "NAME", "default client.example");
    options.value("--sender", sender_, "ADDRESS",
                  "of the envelope, \"\" is the null sender; default: the login");
    options.repeated("--recipient", recipients_, "ADDRESS", "default someone@remote.invalid");
    options.value("--from", from_, "TEXT", "of the From field; default: the sender");
    options.repeated("--header", headers_, "FIELD", "whole fields, as in \"From: a@b\"");
    options.value("--mta", mta_, "MTA", "postfix (default) or sendmail");
    options.value("--daemon-name", daemon_name_, "NAME", "{daemon_name}; default: none");
    options.value("--mailer", mailer_, "NAME", "{rcpt_mailer}; default: smtp for a remote domain");
    options.value("--now", now_, "WHEN", "as at this time; default: the present");
}

std::string_view CaseOptions::given() const {
    if (login_) return "--login";
    return mta_ ? "--mta" : given_beside_login_and_mta();
}

std::string_view CaseOptions::given_beside_login_and_mta() const {
    const std::initializer_list<std::pair<std::string_view, bool>> options = {
        {"--mechanism", mechanism_.has_value()},
        {"--client", client_.has_value()},
        {"--port", port_.has_value()},
        {"--tls", tls_},
        {"--no-tls", no_tls_},
        {"--helo", helo_.has_value()},
        {"--sender", sender_.has_value()},
        {"--recipient", !recipients_.empty()},
        {"--from", from_.has_value()},
        {"--header", !headers_.empty()},
        {"--daemon-name", daemon_name_.has_value()},
        {"--mailer", mailer_.has_value()},
        {"--now", now_.has_value()},
    };
    for (const auto& [name, given] : options)
        if (given) return name;
    return "";
}

tl::expected<CaseFacts, std::string> CaseOptions::facts(TimePoint now) const {
    const auto wrong = [](std::string why) { return tl::make_unexpected(std::move(why)); };
    CaseFacts facts;
    if (login_) facts.login = *login_;
    facts.mechanism = mechanism_;
    if (client_) {
        if (!IpAddress::parse(*client_)) return wrong("`" + *client_ + "` is not an IP address");
        facts.client = *client_;
    }
    if (port_) {
        const char* end = port_->data() + port_->size();
        const auto [stop, fault] = std::from_chars(port_->data(), end, facts.port);
        if (fault != std::errc{} || stop != end || facts.port == 0)
            return wrong("`" + *port_ + "` is not a port");
    }
    if (tls_ && no_tls_) return wrong("--tls and --no-tls contradict each other");
    if (tls_ || no_tls_) facts.tls = tls_;
    if (daemon_name_) facts.daemon_name = *daemon_name_;
    if (mta_) {
        if (*mta_ != "postfix" && *mta_ != "sendmail")
            return wrong("--mta is postfix or sendmail, not `" + *mta_ + "`");
        facts.mta = *mta_ == "sendmail" ? Mta::sendmail : Mta::postfix;
    }
    if (helo_) facts.helo = *helo_;
    facts.sender = sender_;
    if (!recipients_.empty()) facts.recipients = recipients_;
    facts.rcpt_mailer = mailer_;
    if (from_ && !headers_.empty())
        return wrong("--from is short for one From field: say it as a --header");
    if (from_) facts.headers = {"From: " + *from_};
    if (!headers_.empty()) {
        for (const std::string& field : headers_)
            if (field.find(':') == std::string::npos)
                return wrong("`" + field + "` is not a header field");
        facts.headers = headers_;
    }
    facts.now = now;
    if (now_) {
        const auto at = parse_when(*now_, now);
        if (!at) return wrong("--now: " + at.error());
        facts.now = *at;
    }
    return facts;
}

}  // namespace relaypermit
