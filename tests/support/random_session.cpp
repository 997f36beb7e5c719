#include "tests/support/random_policy.h"

#include <algorithm>
#include <cstdint>

#include "policy/address.h"
#include "policy/decide.h"

namespace relaypermit {
namespace {

const std::vector<std::string> client_texts = {"192.0.2.7",     "192.0.2.200", "198.51.100.7",
                                               "198.51.100.8",  "127.0.0.1",   "2001:db8::5",
                                               "2001:db8:1::5", "::1",         "203.0.113.9"};

}  // namespace

std::string RandomWorld::junk() {
    static const std::string shapes =
        "<>@,:;\"\\()[]{}+%!*=? \t\r\n\0.ab1\x7f\x80\xc3\xbc\xff"
        "From:=?utf-8?q?=";
    std::string out;
    const std::size_t size = below(24);
    while (out.size() < size)
        out += chance(60) ? shapes[below(shapes.size())] : static_cast<char>(below(256));
    return out;
}

std::optional<IpAddress> RandomWorld::client() {
    if (chance(3)) return std::nullopt;
    return IpAddress::parse(pick(client_texts));
}

namespace {

void replace(std::string& where, const std::string& what, const std::string& with) {
    for (std::size_t at = where.find(what); at != std::string::npos;
         at = where.find(what, at + with.size())) {
        where.replace(at, what.size(), with);
    }
}

}  // namespace

RandomWorld::Name RandomWorld::from_pattern(const Pattern& pattern, const std::string& login) {
    const std::string& text = pattern.text();
    const std::size_t login_at = login.rfind('@');
    std::string login_user = login.substr(0, login_at);
    const std::string login_domain =
        login_at == std::string::npos ? "a.test" : login.substr(login_at + 1);
    if (text == "<>") return {};
    if (text == "*" || text.front() == '/')
        return {chance(50) ? "alice" : user(), chance(50) ? "a.test" : domain()};
    const std::size_t at = text.rfind('@');
    Name out{text.substr(0, at), at == std::string::npos ? "a.test" : text.substr(at + 1)};
    if (pattern.hosted_domains() != nullptr) out.domain = "a.test";
    if (pattern.kind() == Pattern::Kind::templated) {
        for (std::string* part : {&out.local, &out.domain}) {
            replace(*part, "{user}", login_user);
            replace(*part, "{login}", login);
            replace(*part, "{domain}", login_domain);
            replace(*part, "{name}", login_user);
            replace(*part, "{place}", login_domain);
        }
        return out;
    }
    replace(out.domain, "*.", "x.");
    if (out.local == "*")
        out.local = user();
    else
        replace(out.local, "*", chance(50) ? "z" : "");
    if (out.local.size() >= 2 && out.local.front() == '"')
        out.local = out.local.substr(1, out.local.size() - 2);
    if (chance(15)) out.local += "+tag";
    return out;
}

RandomWorld::Name RandomWorld::address(const PolicySource& policy, const std::string& login) {
    const std::size_t at = login.rfind('@');
    if (!login.empty() && chance(25)) {
        const std::string realm =
            at != std::string::npos
                ? login.substr(at + 1)
                : (policy.default_realm.empty() ? "a.test" : policy.default_realm);
        return {login.substr(0, at) + (chance(20) ? "+tag" : ""), realm};
    }
    if (aim_ != nullptr && chance(70)) return from_pattern(pick_of(aim_->senders).pattern, login);
    if (!policy.grants.empty() && chance(30))
        return from_pattern(pick_of(pick_of(policy.grants).senders).pattern, login);
    return {user(), domain()};
}

std::string RandomWorld::written(const Name& name) {
    if (name.local.empty() && name.domain.empty()) return "";
    const std::string local = quoted_local(case_mixed(name.local));
    return local + (name.domain.empty() ? "" : "@" + case_mixed(name.domain));
}

std::string RandomWorld::spelled(const PolicySource& policy, const std::string& login) {
    const auto& forms = policy.login_forms;
    if (forms.empty() || spelling_chance(30)) return login;
    const std::size_t at = login.rfind('@');
    std::string out = forms[spelling_engine_() % forms.size()].text();
    replace(out, "{user}", login.substr(0, at));
    replace(out, "{domain}", at == std::string::npos ? "a.test" : login.substr(at + 1));
    replace(out, "{any}", spelling_chance(50) ? "kate" : "");
    if (spelling_chance(20)) out += "@" + policy.server_name;
    return out;
}

std::string RandomWorld::disguised(std::string login) {
    static const std::vector<std::pair<std::string, std::string>> signs = {
        {"a", "\u00e1"}, {"a", "\uff41"}, {"o", "\u00f8"}, {"e", "E\u0301"},
        {"K", "\u212a"}, {" ", "  "},     {"@", "\uff20"}, {"+", "\uff0b"},
        {"+", " +"},     {"b", "\u00df"}, {"u", "\u00dc"}, {"%", "\uff05"}};
    const auto& [plain, other] = signs[spelling_engine_() % signs.size()];
    if (const std::size_t at = login.find(plain); at <= login.rfind('@') && at < login.size())
        login.replace(at, plain.size(), other);
    return login;
}

std::string RandomWorld::set_login(const PolicySource& policy, Facts& facts) {
    facts.auth_type = chance(5) ? "ANONYMOUS" : case_mixed(mechanism());
    std::string login = user() + "@" + domain();
    if (aim_ != nullptr && !aim_->logins.empty() && chance(80)) {
        const Name name = from_pattern(pick_of(aim_->logins).pattern, "alice@a.test");
        login = name.local + (name.domain.empty() ? "" : "@" + name.domain);
    }
    if (chance(5)) login = user();
    if (chance(2)) login = junk();
    login = case_mixed(login);
    facts.auth_authen = spelled(policy, login);
    while (spelling_chance(15)) facts.auth_authen = disguised(facts.auth_authen);
    return login;
}

void RandomWorld::set_sender(const PolicySource& policy, Facts& facts, const std::string& login) {
    Name name = address(policy, login);
    if (chance(8)) name = {};
    if (chance(5)) name.domain.clear();
    const std::string text = written(name);
    std::string argument = "<" + text + ">";
    if (!text.empty()) {
        switch (below(12)) {
            case 0:
                argument = text;
                break;
            case 1:
                argument = "<@relay.test,@far.test:" + text + ">";
                break;
            case 2:
                argument = name.domain.empty() ? argument : "<" + text + ".>";
                break;
            case 3:
                argument = chance(30) ? junk() : argument;
                break;
            default:
                break;
        }
    }
    facts.sender_argument = argument;
    // The MTA's own reading: folded on Postfix, as it stands on Sendmail.
    if (chance(15)) return;
    if (name.domain.empty() && !name.local.empty()) name.domain = "mail.a.test";
    if (facts.mta == Mta::postfix) name.local = ascii_lower(name.local);
    facts.sender_by_mta = written(name);
    if (chance(5)) facts.sender_by_mta = written(address(policy, login));
    if (chance(3)) facts.sender_by_mta = junk();
    if (chance(2)) facts.sender_by_mta = pick<std::string>({"", "<>", "alice"});
}

// The value with blanks ahead of it, in its first line or in a second one, so that with the name
// of the field a line is a few bytes below or above what it may be.
std::string RandomWorld::around_the_line_limit(const std::string& value) {
    const std::size_t length = (chance(70) ? 975 : 885) + below(20);
    const std::string blanks(length - std::min(length, value.size()), ' ');
    return chance(70) ? blanks + value : "\n " + blanks + value;
}

void RandomWorld::set_headers(const PolicySource& policy, Facts& facts, const std::string& login) {
    const auto one = [&] {
        if (chance(facts.sender_argument == "<>" ? 60 : 1))
            return case_mixed("mailer-daemon") + "@" + domain();
        if (chance(40) && facts.sender_argument.size() > 2)
            return facts.sender_argument.substr(1, facts.sender_argument.size() - 2);
        return written(address(policy, login));
    };
    const auto field = [&](const std::string& name) {
        std::string value = one();
        switch (below(15)) {
            case 0:
                value = "Jo <" + value + ">";
                break;
            case 1:
                value = value + " <" + value + ">";
                break;
            case 2:
                value = "\"victim@b.test\" <" + value + ">";
                break;
            case 3:
                value = value + ", " + one();
                break;
            case 4:
                value = "=?utf-8?q?J=C3=B6?= <" + value + ">";
                break;
            case 5:
                value = "<" + one() + ">, <" + value + ">";
                break;
            case 6:
                value = chance(50) ? "victim@b.test <" + value + ">" : junk();
                break;
            case 7:
                value = chance(50) ? "team: " + value + ";" : "";
                break;
            case 8:
                value = value + " (Jo)";
                break;
            case 9:
                value = std::string("\"victim@b.test") + (chance(50) ? "\xc3\xbc" : "") +
                        std::string(195 + below(40), ' ') + "\" <" + value + ">";
                break;
            default:
                break;
        }
        // Letters of which Sendmail mangles one in an address.
        if (chance(5)) value = (chance(50) ? "\xc3\x9c" : "\xc3\xbc") + value;
        if (chance(4)) value = around_the_line_limit(value);
        // Sendmail's milters are given it without the blank.
        facts.headers.push_back(
            {case_mixed(name) + (chance(5) ? " " : ""), (chance(80) ? " " : "") + value});
    };
    if (!chance(8)) field("from");
    if (chance(4)) field("from");
    if (chance(25)) field("sender");
    if (spelling_chance(2)) facts.headers = {{"Sender", spelling_chance(50) ? " " : ""}};
    if (chance(3)) field("sender");
    if (chance(10)) facts.headers.push_back({"Resent-From", " victim@b.test"});
    if (chance(5)) {
        // To some programs a field of its own stands behind such a break; a fold is none.
        static const std::vector<std::string> breaks = {
            "\r", "\n", "\r\r\n ", std::string(1, '\0'), "\n ", "\r\n\t", "\n\r\n "};
        const std::string text = pick(breaks) + "From: victim@b.test";
        const bool in_name = chance(20);
        facts.headers.push_back({in_name ? "X" + text : "Subject", in_name ? " x" : " x" + text});
    }
}

void RandomWorld::set_recipients(const PolicySource& policy, Facts& facts) {
    static const std::vector<std::string> mailers = {"",      "smtp",  "esmtp", "local",  "virtual",
                                                     "relay", "smtp8", "error", "gateway"};
    for (std::size_t n = 1 + below(3); n > 0; --n) {
        const std::string text = written(address(policy, ""));
        std::string argument = "<" + (text.empty() ? "postmaster" : text) + ">";
        if (chance(5)) argument = "<@relay.test:" + argument.substr(1);
        if (chance(3)) argument = "<postmaster>";
        if (chance(2)) argument = junk();
        facts.recipients.push_back({argument, pick(mailers)});
    }
}

TableAnswer RandomWorld::table_answer(const PolicySource& policy, const TableSource& table,
                                      const Address& about) {
    TableAnswer answer{table.id, !chance(30), {}, "", about};
    // One that failed may grant what it granted before.
    if (!answer.known && chance(20)) answer.stale_s = 12;
    const bool grants = answer.known || answer.stale_s > 0;
    for (std::size_t n = grants ? below(3) : 0; n > 0; --n) {
        if (table.by == TableBy::sender) {
            for (LoginPattern& login : logins(policy))
                if (login.pattern.kind() != Pattern::Kind::regex)
                    answer.logins.push_back(std::move(login.pattern));
            continue;
        }
        auto pattern =
            Pattern::parse(sender_pattern({"user", "domain", "login"}), PatternRole::sender);
        if (pattern) answer.senders.push_back(std::move(*pattern));
    }
    return answer;
}

void RandomWorld::set_table_answers(const PolicySource& policy, Facts& facts) {
    const auto takes_addresses = [](const TableSource& table) { return table.per_address; };
    Facts asked = facts;
    if (std::any_of(policy.tables.begin(), policy.tables.end(), takes_addresses))
        ask_every_table(Policy(policy), asked, [&](const std::vector<Question>& questions, Facts&) {
            for (const Question& question : questions)
                for (const TableSource& table : policy.tables)
                    if (table.id == question.key)
                        facts.table_answers.push_back(
                            table_answer(policy, table, question.address));
        });
    else
        for (const TableSource& table : policy.tables)
            facts.table_answers.push_back(table_answer(policy, table, {}));
}

Facts RandomWorld::facts(const PolicySource& policy) {
    static const std::vector<std::uint16_t> ports = {25, 25, 25, 587, 587, 465, 2587};
    Facts out;
    out.client = client();
    out.port = pick(ports);
    if (chance(10)) out.daemon_name = pick<std::string>({"ORIGINATING", "MTA", "MSA-v4"});
    out.mta = chance(70) ? Mta::postfix : Mta::sendmail;
    out.mta_host = "mx.a.test";
    out.server_address = IpAddress::parse("192.0.2.25");
    out.local_submission = chance(2);
    if (chance(75)) out.tls = "TLSv1.3";
    static const std::vector<std::string> helos = {
        "client.test",  "client.test", "mail.a.test", "MX.a.test.",
        "[192.0.2.25]", "192.0.2.25",  "a.test",      "",
        "[192.0.2.26]"};
    out.helo = pick(helos);
    // Most sessions are made for one of the grants.
    aim_ = policy.grants.empty() || chance(25) ? nullptr : &pick_of(policy.grants);
    const bool by_network = aim_ != nullptr && !aim_->rare->clients.empty();
    if (by_network) out.client = pick(aim_->rare->clients).network.address;
    std::string login;
    if (chance(by_network ? 10 : 75)) login = set_login(policy, out);
    if (by_network && !out.auth_authen.empty()) aim_ = nullptr;
    set_sender(policy, out, login);
    set_headers(policy, out, login);
    set_recipients(policy, out);
    set_table_answers(policy, out);
    out.now = random_now;
    aim_ = nullptr;
    return out;
}

Facts RandomWorld::junk_facts(const PolicySource& policy) {
    Facts out = facts(policy);
    out.port = static_cast<std::uint16_t>(below(65536));
    for (std::string* text : {&out.daemon_name, &out.mta_host, &out.tls, &out.helo, &out.auth_type,
                              &out.auth_authen, &out.sender_argument}) {
        if (chance(60)) *text = junk();
    }
    if (chance(60)) out.sender_by_mta = junk();
    for (Recipient& recipient : out.recipients) recipient = {junk(), junk()};
    if (chance(10)) out.recipients.clear();
    for (HeaderField& field : out.headers) {
        if (chance(50)) field.name = junk();
        field.value = junk();
    }
    return out;
}

Grant RandomWorld::grant_for(const PolicySource& policy, const Facts& facts) {
    const bool by_login = !facts.auth_authen.empty() || !facts.client || chance(20);
    Grant out = grant(policy, by_login);
    if (chance(50)) {
        out.rare.edit().since.reset();
        out.rare.edit().until.reset();
        out.rare.edit().networks.clear();
        out.fields = {};
    }
    if (!by_login && chance(80))
        out.rare.edit().clients = {{Network{*facts.client, facts.client->bits()}, {}}};
    const auto everyone = Pattern::parse("*", PatternRole::login);
    if (by_login && everyone && chance(50)) out.logins = {LoginPattern{*everyone, {}, {}}};
    if (by_login) out.senders = senders(policy, out.logins);
    const auto anything = Pattern::parse("*", PatternRole::sender);
    if (anything && chance(40)) out.senders = {PlacedPattern{*anything, {}}};
    return out;
}

}  // namespace relaypermit
