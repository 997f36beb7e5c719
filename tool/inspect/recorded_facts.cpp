#include "tool/inspect/recorded_facts.h"

#include <algorithm>
#include <array>

#include "policy/from_field.h"
#include "policy/play.h"

namespace relaypermit {
namespace {

// {auth_authen} as the MTA gave it. What canonical_login() would not give back is a login that it
// could not read, kept raw.
std::string as_authen(const std::string& login, Mta mta) {
    std::string text = as_handed_over(login, mta);
    if (text == login) return text;
    const auto canonical = canonical_login(text, mta, "");
    return canonical && to_string(*canonical) == login ? text : login;
}

void fill_sender(const Record& record, Facts& facts) {
    if (record.sender == "<>") {
        facts.sender_argument = "<>";
        facts.sender_by_mta = "";
        return;
    }
    // A record has the address without brackets, and only what could not be read in one way as it
    // came, with them.
    const bool as_it_came = record.sender.empty() || record.sender.front() == '<';
    facts.sender_argument = as_it_came ? record.sender : "<" + record.sender + ">";
    if (as_it_came) {
        // No address: the readings disagreed then and shall again.
        facts.sender_by_mta = "@";
    }
}

// A recipient as it was kept: "@example.com" stands for somebody there, of a name that hardly any
// pattern takes but one that takes everybody there.
std::string as_path(const std::string& kept) {
    return kept.starts_with('@') ? "<somebody.not-on_record~0" + kept + ">" : "<" + kept + ">";
}

// The field that a list of readable addresses stood in; empty where it is none.
std::string one_field(const std::vector<std::string>& from) {
    if (from.size() < 2) return {};
    std::string joined;
    for (const std::string& each : from) joined += (joined.empty() ? "" : ", ") + each;
    const auto addresses = parse_from(joined);
    const bool as_recorded =
        addresses && std::equal(addresses->begin(), addresses->end(), from.begin(), from.end(),
                                [](const Address& address, const std::string& text) {
                                    return to_string(address) == text;
                                });
    return as_recorded ? joined : std::string{};
}

bool found(const Record& record, Cause cause) {
    return record.cause == cause ||
           std::find(record.also.begin(), record.also.end(), cause) != record.also.end();
}

// Whether what was kept of an unusable From, and of Sender, can be read.
bool is_readable_as_kept(const Record& record) {
    return record.stage == Stage::headers && found(record, Cause::from_unusable) &&
           record.from.size() == 1 && parse_from(record.from.front()) &&
           (record.header_sender.empty() || parse_sender(record.header_sender));
}

void fill_headers(const Record& record, Facts& facts) {
    if (record.stage != Stage::headers) return;
    const bool unusable = found(record, Cause::from_unusable);
    // Whose owner was asked for was read, where it can be; then it was Sender that could not.
    const bool from_was_read =
        !unusable || (found(record, Cause::from_not_owned) &&
                      std::all_of(record.from.begin(), record.from.end(),
                                  [](const std::string& from) { return parse_from(from); }));
    // Addresses that were read are one field; what could not be is kept a field each, as it came.
    if (const std::string list = from_was_read ? one_field(record.from) : std::string{};
        !list.empty()) {
        facts.headers.push_back({"From", list});
    } else {
        for (const std::string& from : record.from) facts.headers.push_back({"From", from});
    }
    if (!record.header_sender.empty()) facts.headers.push_back({"Sender", record.header_sender});
    if (is_readable_as_kept(record)) {
        // It was a Sender field of which nothing was kept, or something that none is kept of.
        facts.headers.push_back({"Sender", ""});
    }
}

}  // namespace

Facts facts_of(const Record& record, TimePoint now) {
    Facts facts;
    facts.client = IpAddress::parse(record.client);
    facts.port = record.port;
    facts.daemon_name = record.daemon;
    facts.mta = record.mta;
    facts.tls = record.tls;
    facts.helo = record.helo;
    // What sendmail(1) hands over came through no port.
    static const auto loopback = std::array{Network::parse("127.0.0.0/8"), Network::parse("::1")};
    facts.local_submission =
        record.port == 0 &&
        (!facts.client || std::any_of(loopback.begin(), loopback.end(), [&](const auto& network) {
            return network->contains(*facts.client);
        }));
    if (!record.login.empty()) {
        facts.auth_type = record.mechanism.empty() ? "PLAIN" : record.mechanism;
        facts.auth_authen = as_authen(record.login, record.mta);
    }
    fill_sender(record, facts);
    for (const std::string& recipient : record.recipients)
        facts.recipients.push_back({as_path(recipient), record.mailer});
    fill_headers(record, facts);
    facts.now = now;
    return facts;
}

std::string_view fault_not_kept(const Record& record) {
    if (is_readable_as_kept(record)) {
        return "what is on record of From can be read: a line or a mailbox was too long, a header "
               "field held a line break that is no fold, or Sender was at fault";
    }
    return {};
}

Facts message_facts_of(const Record& record, TimePoint now) {
    Facts facts = facts_of(record, now);
    if (record.stage != Stage::headers)
        facts.headers = {{"From", record.sender == "<>" ? record.login : record.sender}};
    return facts;
}

}  // namespace relaypermit
