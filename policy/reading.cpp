#include "policy/reading.h"

#include <algorithm>
#include <utility>

#include "policy/ascii.h"

namespace relaypermit {

bool is_submission(const PolicySource& source, std::uint16_t port, const std::string& daemon_name) {
    const auto& ports = source.submission_ports;
    const auto& names = source.submission_daemon_names;
    return std::find(ports.begin(), ports.end(), port) != ports.end() ||
           (!daemon_name.empty() &&
            std::find(names.begin(), names.end(), daemon_name) != names.end());
}

namespace {

// Postfix writes "" for the null sender into {mail_addr}, Sendmail <> into f.
bool is_null(std::string_view by_mta) {
    return by_mta.empty() || by_mta == "<>" || by_mta == "\"\"";
}

SenderReading disagreed(std::string why) {
    return {SenderReading::State::disagreed, {}, std::move(why)};
}

}  // namespace

SenderReading read_sender(const Facts& facts, const std::string& server_name) {
    const auto ours = parse_path(facts.sender_argument);
    if (!ours) return disagreed("the sender address cannot be read: " + ours.error().why);

    if (!facts.sender_by_mta) {
        if (ours->null) return {SenderReading::State::null, {}, {}};
    } else if (ours->null || is_null(*facts.sender_by_mta)) {
        if (ours->null && is_null(*facts.sender_by_mta))
            return {SenderReading::State::null, {}, {}};
        return disagreed("the mail server read `" + *facts.sender_by_mta + "` from `" +
                         facts.sender_argument + "`");
    }

    Address address = ours->address;
    if (facts.sender_by_mta) {
        std::string_view by_mta = *facts.sender_by_mta;
        if (by_mta.size() > 2 && by_mta.front() == '<' && by_mta.back() == '>')
            by_mta = by_mta.substr(1, by_mta.size() - 2);
        // Both MTAs quote what needs it there: smtpd_milter.c of Postfix by quote_821_local().
        const auto theirs = parse_address(by_mta);
        const bool agreed = theirs && ascii_lower(theirs->local) == ascii_lower(address.local) &&
                            (address.domain.empty() || theirs->domain == address.domain);
        if (!agreed)
            return disagreed("the mail server read `" + *facts.sender_by_mta + "` from `" +
                             facts.sender_argument + "`");
        // A bare local part belongs to whatever domain the MTA puts behind it.
        address.domain = theirs->domain;
    }
    if (address.domain.empty()) {
        const auto own = normalize_domain(facts.mta_host.empty() ? server_name : facts.mta_host);
        if (!own) return disagreed("the sender address has no domain");
        address.domain = *own;
    }
    return {SenderReading::State::address, std::move(address), {}};
}

namespace {

Reading read_envelope(const Policy& policy, const Facts& facts) {
    const PolicySource& source = policy.source();
    Reading reading;
    reading.submission = is_submission(source, facts.port, facts.daemon_name);
    reading.mechanism = ascii_upper(facts.auth_type);
    reading.logged_in =
        !facts.auth_type.empty() && !facts.auth_authen.empty() && reading.mechanism != "ANONYMOUS";
    if (reading.logged_in) {
        auto login = read_login(source, facts.auth_authen, facts.mta);
        if (login) {
            reading.login = std::move(*login);
        } else {
            reading.login_why = "the login cannot be used: " + login.error().why;
            reading.login_blank = login.error().blank;
            reading.login_typed = login.error().typed;
        }
    } else {
        reading.mechanism.clear();
        reading.trusted = policy.trusted(facts.client);
    }
    reading.sender = read_sender(facts, source.server_name);
    return reading;
}

}  // namespace

RecipientReading read_recipient(const Policy& policy, const Facts& facts,
                                const Recipient& recipient) {
    RecipientReading reading;
    const bool leaves =
        recipient.mailer.empty() || policy.remote_mailer(recipient.mailer, facts.mta);
    const auto path = parse_path(recipient.argument);
    if (!path || path->null) {
        reading.remote = leaves;
        return reading;
    }
    const Address& address = path->address;
    reading.address = address;
    reading.rewritable = address.local.find_first_of("%!@") != std::string::npos;
    reading.hosted = address.domain.empty() || policy.hosted(address.domain);
    const bool ours = reading.hosted || policy.source().relay_domains.contains(address.domain);
    reading.remote = !ours && leaves;
    reading.unlisted = !ours && !leaves;
    return reading;
}

namespace {

// The name of a field for people. What is no name is not repeated.
std::string name_of(const HeaderField& field) {
    const std::string_view name = field.name;
    const bool plain = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return c > ' ' && c <= '~' && c != ':';
    });
    return plain ? "the field " + field.name : "a header field";
}

void read_headers(const Policy& policy, const Facts& facts, Reading& reading) {
    const HeaderField* from = nullptr;
    const HeaderField* sender = nullptr;
    bool two_from = false;
    bool two_sender = false;
    const HeaderField* broken = nullptr;
    const HeaderField* resent = nullptr;
    for (const HeaderField& field : facts.headers) {
        if (broken == nullptr && (has_stray_break(field.name) || has_stray_break(field.value)))
            broken = &field;
        if (is_field(field.name, "from")) {
            two_from = two_from || from != nullptr;
            from = &field;
        } else if (is_field(field.name, "sender")) {
            two_sender = two_sender || sender != nullptr;
            sender = &field;
        } else if (is_field(field.name, "resent-from") && resent == nullptr) {
            resent = &field;
        }
    }

    const auto fault = [](std::string why, Reason reason = Reason::none) {
        return tl::make_unexpected(FromFault{std::move(why), reason});
    };
    if (two_from)
        reading.from = fault("more than one From field", Reason::from_repeated);
    else if (broken)
        // To some programs a From of its own stands behind the break.
        reading.from = fault("a line break that is no fold, or a NUL, in " + name_of(*broken));
    else if (from)
        reading.from = parse_from(from->value, from->name, facts.mta);
    else if (policy.source().missing_from == MissingFrom::envelope &&
             reading.sender.state == SenderReading::State::address)
        reading.from = std::vector<Address>{reading.sender.address};
    else
        reading.from = fault("no From field", Reason::from_missing);

    reading.one_at_in_from =
        from != nullptr && std::count(from->value.begin(), from->value.end(), '@') == 1;

    reading.resent_from.clear();
    if (resent != nullptr)
        if (auto addresses = parse_from(resent->value, resent->name, facts.mta))
            reading.resent_from = *std::move(addresses);

    reading.header_sender.reset();
    if (two_sender)
        reading.header_sender = fault("more than one Sender field");
    else if (sender)
        reading.header_sender = parse_sender(sender->value, sender->name, facts.mta);
}

}  // namespace

void read_on(const Policy& policy, const Facts& facts, Stage stage, Reading& reading) {
    if (stage == Stage::mail) {
        reading = read_envelope(policy, facts);
        return;
    }
    // One that was refused is gone from the facts again.
    const std::size_t count = facts.recipients.size();
    const std::size_t kept = stage == Stage::rcpt && count > 0 ? count - 1 : count;
    if (reading.recipients.size() > kept) reading.recipients.resize(kept);
    while (reading.recipients.size() < count)
        reading.recipients.push_back(
            read_recipient(policy, facts, facts.recipients[reading.recipients.size()]));
    if (stage == Stage::headers) read_headers(policy, facts, reading);
}

Reading read_message(const Policy& policy, const Facts& facts) {
    Reading reading;
    read_on(policy, facts, Stage::mail, reading);
    read_on(policy, facts, Stage::headers, reading);
    return reading;
}

}  // namespace relaypermit
