#include "tests/support/naive_session.h"

#include <algorithm>

#include "policy/address.h"
#include "policy/domain.h"
#include "tests/support/naive_folding.h"
#include "tests/support/naive_login.h"
#include "tests/support/naive_patterns.h"

namespace relaypermit::naive {

bool within(const std::vector<PlacedNetwork>& networks, const std::optional<IpAddress>& client) {
    return client && std::any_of(networks.begin(), networks.end(), [&](const PlacedNetwork& n) {
               return n.network.contains(*client);
           });
}

bool within(const std::vector<Network>& networks, const std::optional<IpAddress>& client) {
    return client && std::any_of(networks.begin(), networks.end(),
                                 [&](const Network& n) { return n.contains(*client); });
}

std::string ascii_upper(std::string text) {
    for (char& c : text)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return text;
}

namespace {

bool is_null(const std::string& by_mta) {
    return by_mta.empty() || by_mta == "<>" || by_mta == "\"\"";
}

// The MTA's reading and ours must be the same; else the sender stays disputed.
void read_sender(Session& session) {
    const Facts& facts = session.facts;
    const auto ours = parse_path(facts.sender_argument);
    if (!ours) return;
    const bool null_to_mta = facts.sender_by_mta ? is_null(*facts.sender_by_mta) : ours->null;
    if (ours->null && null_to_mta) session.sender = Sender::null;
    if (ours->null || null_to_mta) return;

    Address address = ours->address;
    if (facts.sender_by_mta) {
        std::string text = *facts.sender_by_mta;
        if (starts_with(text, "<") && ends_with(text, ">")) text = text.substr(1, text.size() - 2);
        const auto theirs = parse_address(text);
        if (!theirs || ascii_lower(theirs->local) != ascii_lower(address.local)) return;
        if (!address.domain.empty() && address.domain != theirs->domain) return;
        address.domain = theirs->domain;
    }
    if (address.domain.empty()) {
        // A bare local part is one of the server's own.
        const auto own =
            normalize_domain(facts.mta_host.empty() ? session.policy.server_name : facts.mta_host);
        if (!own) return;
        address.domain = *own;
    }
    session.sender = Sender::readable;
    session.sender_address = address;
}

}  // namespace

Session read_session(const PolicySource& policy, const Facts& facts) {
    Session session{policy, facts};
    session.logged_in = !facts.auth_type.empty() && !facts.auth_authen.empty() &&
                        ascii_upper(facts.auth_type) != "ANONYMOUS";
    if (session.logged_in) session.login = read_login(policy, facts);
    const auto& ports = policy.submission_ports;
    const auto& names = policy.submission_daemon_names;
    session.submission = std::find(ports.begin(), ports.end(), facts.port) != ports.end() ||
                         std::find(names.begin(), names.end(), facts.daemon_name) != names.end();
    session.in_trusted_network = within(policy.trusted_networks, facts.client);
    read_sender(session);
    return session;
}

namespace {

bool covers_field(const GrantFields& fields, Field field) {
    switch (field) {
        case Field::envelope:
            return fields.envelope;
        case Field::from:
            return fields.from;
        case Field::sender:
            return fields.sender;
    }
    return false;
}

bool sender_pattern_covers(const PolicySource& policy, const Pattern& pattern,
                           const Subject& subject, const Values& values) {
    switch (subject.kind) {
        case Subject::Kind::anything:
            return pattern.text() == "*";
        case Subject::Kind::null:
            return pattern.text() == "*" || pattern.text() == "<>";
        case Subject::Kind::address:
            break;
    }
    // Who owns alice@ owns alice+anything@.
    return matches(pattern, subject.address, &values, policy) ||
           matches(pattern, without_subaddress(subject.address, policy.subaddress_delimiter),
                   &values, policy);
}

bool in_force(const GrantLimits& limits, const Facts& facts) {
    if (limits.since && facts.now < *limits.since) return false;
    if (limits.until && facts.now >= *limits.until) return false;
    return limits.networks.empty() || within(limits.networks, facts.client);
}

// Whoever must not use a grant must not use it under a subaddress either.
bool is_left_out(const Session& session, const Grant& grant) {
    if (!session.login) return false;
    for (const LoginPattern& login : grant.rare->except_logins)
        for (const Login& name : names_to_restrict(session.policy, *session.login))
            if (matches(login.pattern, name, session.policy) ||
                folds_to(session.policy, login.pattern, name))
                return true;
    return false;
}

// Long s and the sign for kelvin, which a regex takes for s and k.
bool has_strange_letter(const Address& address) {
    return address.local.find("\u017f") != std::string::npos ||
           address.local.find("\u212a") != std::string::npos;
}

bool leaves_out(const Session& session, const Grant& grant, const std::vector<Values>& subjects,
                const Subject& subject) {
    // What nobody can read may be what is left out.
    if (subject.kind == Subject::Kind::anything) return !grant.rare->except.empty();
    for (const Values& values : subjects)
        for (const PlacedPattern& sender : grant.rare->except)
            if (sender_pattern_covers(session.policy, sender.pattern, subject, values) ||
                (sender.pattern.text().starts_with('/') && subject.kind == Subject::Kind::address &&
                 has_strange_letter(subject.address)))
                return true;
    return false;
}

// As far as the rule itself goes; `visible` asks for a Sender besides.
bool grant_covers(const Session& session, const Grant& grant, Field field, const Subject& subject) {
    const PolicySource& policy = session.policy;
    if (!covers_field(grant.fields, field) || !in_force(*grant.rare, session.facts)) return false;
    if (is_left_out(session, grant)) return false;
    std::vector<Values> subjects;
    if (session.logged_in) {
        if (!session.login) return false;
        for (const LoginPattern& login : grant.logins)
            if (auto values = matches(login.pattern, *session.login, policy))
                subjects.push_back(std::move(*values));
    } else if (within(grant.rare->clients, session.facts.client)) {
        subjects.emplace_back();
    }
    if (leaves_out(session, grant, subjects, subject)) return false;
    for (const Values& values : subjects) {
        for (const PlacedPattern& sender : grant.senders)
            if (sender_pattern_covers(policy, sender.pattern, subject, values)) return true;
    }
    return false;
}

bool owns_as_itself(const Session& session, const Subject& subject) {
    const PolicySource& policy = session.policy;
    if (!policy.owns_own_address || !session.login || session.login->realm.empty()) return false;
    if (subject.kind != Subject::Kind::address) return false;
    const DomainSet& realms = policy.realms ? *policy.realms : policy.hosted_domains;
    if (!realms.contains(session.login->realm)) return false;
    const Address own{session.login->user, session.login->realm};
    return same_address(own, subject.address) ||
           same_address(own, without_subaddress(subject.address, policy.subaddress_delimiter));
}

}  // namespace

Ownership ownership(const Session& session, Field field, const Subject& subject) {
    if (owns_as_itself(session, subject)) return {Answer::yes, "own-address"};
    Ownership shown;
    if (field == Field::from && session.shown_sender)
        shown = ownership(session, Field::sender,
                          {Subject::Kind::address, *session.shown_sender, false});
    bool waits = false;
    for (const Grant& grant : session.policy.grants) {
        if (!grant_covers(session, grant, field, subject)) continue;
        if (!grant.rare->visible || field != Field::from || shown.answer == Answer::yes)
            return {Answer::yes, grant.id};
        waits = waits || shown.answer == Answer::unknown;
    }
    if (subject.bounce) return {Answer::yes, "bounce"};
    if (!session.login) return {};
    std::string silent;
    const Values values{{"user", session.login->user},
                        {"domain", session.login->realm},
                        {"login", to_string(*session.login)}};
    for (const TableSource& table : session.policy.tables) {
        if (!covers_field(table.fields, field) || !in_force(*table.rare, session.facts)) continue;
        // The null sender and what nobody can read are no keys.
        const bool has_key = subject.kind == Subject::Kind::address;
        if (table.per_address && !has_key) continue;
        bool answered = false;
        for (const TableAnswer& answer : session.facts.table_answers) {
            if (answer.table != table.id) continue;
            if (table.per_address && address_key(answer.address) != address_key(subject.address))
                continue;
            for (const Pattern& pattern : answer.senders)
                if (table.by == TableBy::login &&
                    sender_pattern_covers(session.policy, pattern, subject, values))
                    return {Answer::yes, table.id};
            for (const Pattern& pattern : answer.logins)
                if (table.by == TableBy::sender && matches(pattern, *session.login, session.policy))
                    return {Answer::yes, table.id};
            answered = answer.known;
        }
        if (!answered && silent.empty()) silent = table.id;
    }
    if (!silent.empty()) return {Answer::unknown, silent};
    if (waits) return {Answer::unknown, shown.rule};
    return {};
}

Ownership ownership_of_sender(const Session& session) {
    switch (session.sender) {
        case Sender::null:
            return ownership(session, Field::envelope, {Subject::Kind::null, {}});
        case Sender::readable:
            return ownership(session, Field::envelope,
                             {Subject::Kind::address, session.sender_address});
        case Sender::disputed:
            return ownership(session, Field::envelope, {Subject::Kind::anything, {}});
    }
    return {};
}

Reason login_defect(const Session& session) {
    const PolicySource& policy = session.policy;
    if (!session.logged_in) return Reason::none;
    if (!session.login) {
        const auto as_it_is = read_as_it_is(policy, session.facts);
        return as_it_is && has_blank_end(*as_it_is) ? Reason::login_blank
                                                    : Reason::login_unreadable;
    }
    const std::string& realm = session.login->realm;
    const DomainSet& realms = policy.realms ? *policy.realms : policy.hosted_domains;
    if (policy.owns_own_address && !realm.empty() && realms.contains(realm)) return Reason::none;
    for (const Grant& grant : policy.grants) {
        if (grant.rare->since && session.facts.now < *grant.rare->since) continue;
        if (grant.rare->until && session.facts.now >= *grant.rare->until) continue;
        if (is_left_out(session, grant)) continue;
        for (const LoginPattern& login : grant.logins)
            if (matches(login.pattern, *session.login, policy)) return Reason::none;
    }
    for (const TableSource& table : policy.tables) {
        if (table.rare->until && session.facts.now >= *table.rare->until) continue;
        // Nobody asks a table about a sender that cannot be read; and what a table says of one
        // address it need not say of another.
        bool empty = false;
        for (const TableAnswer& answer : session.facts.table_answers)
            empty = empty || (session.sender != Sender::disputed && !table.per_address &&
                              answer.table == table.id && answer.known && answer.senders.empty());
        if (!empty) return Reason::none;
    }
    if (realm.empty()) return Reason::login_no_realm;
    return policy.owns_own_address ? Reason::realm_not_served : Reason::login_owns_nothing;
}

bool lets_off(const Session& session, const Pattern& pattern) {
    if (!session.login || !matches(pattern, *session.login, session.policy)) return false;
    if (pattern.kind() == Pattern::Kind::exact) return true;
    const Address base = without_subaddress(Address{session.login->user, session.login->realm},
                                            session.policy.subaddress_delimiter);
    return matches(pattern, Login{base.local, base.domain}, session.policy).has_value();
}

bool is_excepted(const Session& session, Cause cause) {
    const CauseExceptions& except = *session.policy.exceptions[static_cast<std::size_t>(cause)];
    if (within(except.clients, session.facts.client)) return true;
    for (const LoginPattern& login : except.logins)
        if (lets_off(session, login.pattern)) return true;
    for (const PlacedPattern& one : except.senders) {
        if (session.sender == Sender::null &&
            (one.pattern.text() == "<>" || one.pattern.text() == "*"))
            return true;
        if (session.sender != Sender::readable) continue;
        const Address base =
            without_subaddress(session.sender_address, session.policy.subaddress_delimiter);
        if (matches(one.pattern, session.sender_address, nullptr, session.policy) ||
            matches(one.pattern, base, nullptr, session.policy))
            return true;
    }
    return false;
}

}  // namespace relaypermit::naive
