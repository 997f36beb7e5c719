#include "tests/support/random_policy.h"

#include <algorithm>

#include "policy/address.h"

namespace relaypermit {
namespace {

const std::vector<std::string> domains = {"a.test",     "b.test",           "x.a.test",
                                          "y.x.a.test", "shop.b.test",      "remote.test",
                                          "far.test",   "b\u00fccher.test", "xn--bcher-kva.test"};
const std::vector<std::string> domain_patterns = {"a.test",   "*.a.test",    "b.test",
                                                  "*.b.test", "shop.b.test", "b\u00fccher.test"};
const std::vector<std::string> users = {
    "alice",      "bob",      "Carol",     "alice+tag", "bob+x+y",    "bounce-1", "bounce-",
    "x-bounces",  "-bounces", "o'neil",    "a b",       "u%v",        "u!v",      "in@side",
    "postmaster", "k.s",      "\u212aate", "kate",      "owner-list", "+bob",     "{user}"};
const std::vector<std::string> network_texts = {"192.0.2.0/24", "192.0.2.128/25", "198.51.100.7/32",
                                                "127.0.0.0/8",  "2001:db8::/32",  "2001:db8:1::/48",
                                                "::1/128",      "0.0.0.0/0",      "10.0.0.0/9"};
const std::vector<std::string> mechanisms = {"PLAIN", "LOGIN", "SCRAM-SHA-256", "EXTERNAL"};

Network network(const std::string& text) {
    return Network::parse(text).value();
}

// Names that every one of the login patterns gives a sender template.
std::vector<std::string> common_names(const LoginPatterns& logins) {
    std::vector<std::string> names = {"user", "domain", "login"};
    if (logins.empty()) return names;
    for (const std::string& name : logins.front().pattern.names()) {
        const bool everywhere =
            std::all_of(logins.begin(), logins.end(), [&](const LoginPattern& login) {
                const auto& theirs = login.pattern.names();
                return std::find(theirs.begin(), theirs.end(), name) != theirs.end();
            });
        if (everywhere) names.push_back(name);
    }
    return names;
}

}  // namespace

std::string RandomWorld::quoted_local(const std::string& local) {
    const std::string whole = to_string(Address{local, "x.test"});
    return whole.substr(0, whole.size() - std::string("@x.test").size());
}

std::string RandomWorld::mechanism() {
    return pick(mechanisms);
}

std::string RandomWorld::user() {
    return pick(users);
}

std::string RandomWorld::domain() {
    return pick(domains);
}

std::string RandomWorld::case_mixed(std::string text) {
    if (!chance(30)) return text;
    for (char& c : text)
        if (c >= 'a' && c <= 'z' && chance(50)) c = static_cast<char>(c - 'a' + 'A');
    return text;
}

std::vector<PlacedNetwork> RandomWorld::placed_networks() {
    std::vector<PlacedNetwork> out;
    for (const Network& one : networks()) out.push_back({one, {}});
    return out;
}

std::vector<Network> RandomWorld::networks() {
    std::vector<Network> out;
    for (std::size_t n = 1 + below(2); n > 0; --n) out.push_back(network(pick(network_texts)));
    return out;
}

std::vector<LoginPattern> RandomWorld::logins(const PolicySource& policy) {
    static const std::vector<std::string> regexes = {
        "/^(?P<user>[^@]+)@a\\.test$/",
        "/^(?P<name>[a-z]+)[^@]*@(?P<place>.+)$/",
        "/(?P<name>[^@]*)@b\\.test/",
        "/(?P<name>b).*|(?P<place>a)lice@.*/",
        "/alice/",
        "/(alice|kate)@.*test/",
        "/.*@.*/",
        "/(?P<name>[^@]+)(@(?P<place>.*))?/",
    };
    std::vector<LoginPattern> out;
    const std::size_t count = 1 + below(3);
    while (out.size() < count) {
        std::string text;
        switch (below(10)) {
            case 0:
            case 1:
                text = user() + "@" + domain();
                break;
            case 2:
                text = user();
                break;
            case 3:
                text = "*@" + domain();
                break;
            case 4:
                text = "*@*." + domain();
                break;
            case 5:
                text = "bo*@" + domain();
                break;
            case 6:
                text = "*e@" + domain();
                break;
            case 7:
                text = chance(40) ? "*" : user() + "@" + domain();
                break;
            default:
                text = pick(regexes);
                break;
        }
        static const std::vector<std::string> across = {"*@hosted", "alice@hosted", "bo*@hosted",
                                                        "*@*.test", "alice@*.a.test"};
        if (hosted_engine_() % 100 < 10) text = across[hosted_engine_() % across.size()];
        if (text.front() != '/' && spelling_chance(10)) text = disguised(text);
        auto pattern = Pattern::parse(case_mixed(text).front() == '/' ? text : case_mixed(text),
                                      PatternRole::login, policy.default_realm, policy.login_forms,
                                      policy.server_name,
                                      std::make_shared<const DomainSet>(policy.hosted_domains));
        if (pattern) out.push_back({std::move(*pattern), "", {}});
    }
    return out;
}

std::string RandomWorld::sender_pattern(const std::vector<std::string>& names) {
    static const std::vector<std::string> regexes = {
        "/alice@.*/", "/^[a-z]+@a\\.test$/", "/.*@xn--bcher-kva\\.test/",   "/a/",
        "/kate@.*/",  "/\"a b\"@.*/",        "/(bob|carol)\\+?.*@b\\.test/"};
    const auto placeholder = [&] { return "{" + pick(names) + "}"; };
    switch (below(14)) {
        case 0:
        case 1:
            return case_mixed(quoted_local(user()) + "@" + domain());
        case 2:
            return "*@" + domain();
        case 3:
            return "*@*." + domain();
        case 4:
            return "bounce-*@" + domain();
        case 5:
            return "*-bounces@" + domain();
        case 6:
            return chance(30) ? "*" : "<>";
        case 7:
        case 8:
            return pick(regexes);
        case 9:
            return placeholder() + "@" + domain();
        case 10:
            return placeholder() + "@" + placeholder();
        case 11:
            return "x-" + placeholder() + "@" + domain();
        case 12:
            return user() + "@shop." + placeholder();
        default:
            return "{user}@" + domain();
    }
}

LoginPatterns RandomWorld::subject(const PolicySource& policy) {
    std::vector<LoginPattern> all = logins(policy);
    const std::size_t first = group_engine_() % (all.size() + 1);
    const std::size_t last = first + group_engine_() % (all.size() + 1 - first);
    if (group_engine_() % 100 < 60) return all;
    const auto group = std::make_shared<LoginGroup>();
    group->name = "group-" + std::to_string(next_id_);
    for (std::size_t number = first; number < last; ++number)
        group->members.push_back({all[number].pattern, group->name, all[number].place});
    LoginPatterns out;
    for (std::size_t number = 0; number < all.size(); ++number) {
        if (number == first) out.add(group);
        if (number < first || number >= last) out.push_back(all[number]);
    }
    return out;
}

std::vector<PlacedPattern> RandomWorld::senders(const PolicySource& policy,
                                                const LoginPatterns& logins) {
    const std::vector<std::string> names = common_names(logins);
    std::vector<PlacedPattern> out;
    const std::size_t count = 1 + below(2);
    while (out.size() < count) {
        std::string text = sender_pattern(names);
        static const std::vector<std::string> across = {
            "*@hosted",      "alice@hosted",   "bounce-*@hosted", "*-bounces@hosted",
            "{user}@hosted", "alice@*.a.test", "bob@*.test",      "x-{user}@hosted"};
        if (hosted_engine_() % 100 < 15) text = across[hosted_engine_() % across.size()];
        auto pattern = Pattern::parse(text, PatternRole::sender, {}, {}, {},
                                      std::make_shared<const DomainSet>(policy.hosted_domains));
        // A grant to client networks has no login to fill a template in with.
        if (pattern && (!logins.empty() || pattern->kind() != Pattern::Kind::templated))
            out.push_back({std::move(*pattern), {}});
    }
    return out;
}

TimePoint RandomWorld::about_now() {
    return random_now + std::chrono::seconds{static_cast<long>(time_engine_() % 3) - 1};
}

Grant RandomWorld::grant(const PolicySource& policy, bool by_login) {
    Grant out;
    out.id = "grant-" + std::to_string(++next_id_);
    if (by_login)
        out.logins = subject(policy);
    else
        out.rare.edit().clients = placed_networks();
    out.senders = senders(policy, out.logins);
    if (chance(20))
        out.rare.edit().until = random_now + std::chrono::seconds{static_cast<long>(below(3)) - 1};
    if (time_chance(10)) out.rare.edit().since = about_now();
    if (chance(15)) out.rare.edit().networks = networks();
    if (chance(20)) out.fields = {chance(60), chance(60), chance(60)};
    add_exceptions(policy, out);
    return out;
}

TableSource RandomWorld::table(const std::string& id) {
    const auto table_chance = [&](unsigned percent) { return table_engine_() % 100 < percent; };
    TableSource out{id, {}};
    if (table_chance(40)) out.by = TableBy::sender;
    out.per_address = out.by == TableBy::sender || table_chance(25);
    if (table_chance(20)) out.fields = {table_chance(60), table_chance(60), table_chance(60)};
    if (table_chance(15)) out.rare.edit().until = about_now();
    if (table_chance(10)) out.rare.edit().networks = networks();
    return out;
}

Restriction RandomWorld::restriction(const PolicySource& policy) {
    Restriction out;
    out.id = "restriction-" + std::to_string(++next_id_);
    if (chance(80)) out.logins = subject(policy);
    if (out.logins.empty() || chance(20)) out.clients = placed_networks();
    if (chance(40)) {
        out.recipients_hosted = chance(50);
        std::vector<PlacedPattern> recipients;
        for (std::size_t n = below(3); n > 0; --n) {
            static const std::vector<std::string> texts = {
                "alice@a.test", "*@b.test",         "*@*.a.test", "bo*@far.test",
                "*e@far.test",  "/.*@remote\\..*/", "*",          "{user}@far.test"};
            if (auto pattern = Pattern::parse(pick(texts), PatternRole::recipient))
                recipients.push_back({std::move(*pattern), {}});
        }
        out.recipients = std::move(recipients);
    }
    if (chance(30)) out.networks = networks();
    if (chance(30)) out.mechanisms = {mechanism(), mechanism()};
    out.suspended = chance(15);
    if (time_chance(7)) out.time.edit().since = about_now();
    if (time_chance(7)) out.time.edit().until = about_now();
    if (!out.logins.empty() && except_chance(20))
        for (PlacedPattern& one : excepted(policy, PatternRole::login))
            out.except_logins.push_back(std::move(one));
    return out;
}

std::vector<PlacedPattern> RandomWorld::excepted(const PolicySource& policy, PatternRole role,
                                                 bool templates) {
    static const std::vector<std::string> texts = {
        "alice@a.test",  "bob@b.test", "alice+tag@a.test",
        "*@a.test",      "bo*@b.test", "*@hosted",
        "kate@*.a.test", "/^b/",       "carol@far.test",
        "{user}@a.test", "*",          "<>"};
    std::vector<PlacedPattern> out;
    for (std::size_t n = 1 + except_engine_() % 2; n > 0; --n) {
        const std::string& text = texts[except_engine_() % texts.size()];
        if (text.front() == '{' && !templates) continue;
        auto pattern =
            Pattern::parse(text, role, policy.default_realm, policy.login_forms, policy.server_name,
                           std::make_shared<const DomainSet>(policy.hosted_domains));
        if (pattern) out.push_back({std::move(*pattern), {}, {}});
    }
    return out;
}

void RandomWorld::add_exceptions(const PolicySource& policy, Grant& grant) {
    const bool by_login = !grant.logins.empty();
    if (except_chance(25))
        grant.rare.edit().except = excepted(policy, PatternRole::sender, by_login);
    if (by_login && except_chance(15))
        for (PlacedPattern& one : excepted(policy, PatternRole::login))
            grant.rare.edit().except_logins.push_back(std::move(one));
    if (by_login && grant.fields.from && except_chance(15)) grant.rare.edit().visible = true;
}

void RandomWorld::add_exceptions(PolicySource& policy) {
    if (except_chance(25))
        policy.alignment = except_chance(50) ? Alignment::domain : Alignment::address;
    for (const Cause cause :
         {Cause::tls_required, Cause::helo_forged, Cause::null_sender_refused,
          Cause::sender_not_owned, Cause::sender_not_hosted, Cause::hosted_sender_needs_login,
          Cause::from_unusable, Cause::from_not_owned, Cause::from_not_aligned,
          Cause::hosted_from_needs_login}) {
        if (!except_chance(8)) continue;
        CauseExceptions& except = policy.exceptions[static_cast<std::size_t>(cause)].edit();
        if (except_chance(50))
            for (PlacedPattern& one : excepted(policy, PatternRole::login))
                except.logins.push_back(std::move(one));
        if (except_chance(40)) except.senders = excepted(policy, PatternRole::recipient);
        if (except_chance(30)) except.clients = {{network("192.0.2.0/24"), {}}};
    }
}

PolicySource RandomWorld::policy() {
    PolicySource out;
    out.causes = default_causes();
    out.server_name = "mail.a.test";
    out.monitor_mode = chance(5);
    for (std::size_t n = 1 + below(3); n > 0; --n)
        (void)out.hosted_domains.add(pick(domain_patterns));
    if (chance(30)) (void)out.relay_domains.add(pick(domain_patterns));
    if (chance(60)) out.trusted_networks = {{network("127.0.0.0/8"), {}}, {network("::1/128"), {}}};
    if (chance(20)) out.remote_mailers = {"smtp", "gateway"};
    if (chance(20)) out.submission_ports = {2587};
    if (chance(10)) out.submission_daemon_names.clear();
    out.require_tls = chance(70);
    if (chance(60)) out.default_realm = chance(70) ? "a.test" : "far.test";
    const bool has_forms = spelling_chance(40);
    for (const std::string_view form : {"CORP\\{user}", "{user}%{domain}", "{user}*{any}",
                                        "{user}@CORP", "{any}#{user}@{domain}"})
        if (has_forms && spelling_chance(30))
            out.login_forms.push_back(LoginForm::parse(form).value());
    if (chance(30)) {
        DomainSet realms;
        (void)realms.add(pick(domain_patterns));
        out.realms = realms;
    }
    out.owns_own_address = chance(75);
    if (chance(30)) out.subaddress_delimiter = pick<std::string>({"", "-", "+-"});
    out.require_owned_sender_field = chance(80);
    if (chance(30)) out.missing_from = MissingFrom::envelope;
    if (chance(20)) out.accepts_bounces = false;
    for (std::size_t n = below(6); n > 0; --n) out.grants.push_back(grant(out, chance(70)));
    for (std::size_t n = chance(40) ? 1 + below(3) : 0; n > 0; --n)
        out.restrictions.push_back(restriction(out));
    if (chance(25)) out.tables.push_back(table("table-1"));
    if (chance(10)) out.tables.push_back(table("table-2"));
    // Now and then the quiet causes speak, and now and then everything is mixed.
    for (const Cause cause : {Cause::null_sender_refused, Cause::hosted_sender_needs_login,
                              Cause::hosted_from_needs_login, Cause::helo_forged}) {
        if (chance(40)) out.causes[static_cast<std::size_t>(cause)].action = Action::reject;
    }
    const unsigned strangeness = chance(40) ? 25 : 3;
    for (CausePolicy& cause : out.causes) {
        if (!chance(strangeness)) continue;
        cause.action = pick<Action>(
            {Action::reject, Action::tempfail, Action::monitor, Action::monitor, Action::off});
    }
    add_exceptions(out);
    return out;
}

}  // namespace relaypermit
