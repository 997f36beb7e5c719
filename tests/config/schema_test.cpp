// Every key of a policy stands, with its default, in the full sample and in the manual page, and
// nothing else does; both samples are sound policies.
#include "config/schema.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "config/load.h"
#include "tests/support/source_directory.h"

namespace relaypermit {
namespace {

std::string text_of(const std::string& path) {
    std::ifstream file(testing::source_directory() / path);
    EXPECT_TRUE(file) << path;
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

std::string errors_of(const Loaded& loaded) {
    std::string text;
    for (const Diagnostic& error : loaded.errors) text += to_string(error) + "\n";
    return text;
}

// "[log] keep_days" -> what is said of it. Groups are keys of the admin's choice.
using Keys = std::map<std::string, std::string>;

Keys keys_of_schema(bool with_type) {
    Keys keys;
    for (const TableInfo& table : policy_schema()) {
        for (const KeyInfo& info : table.keys) {
            std::string said(info.fallback);
            if (with_type) {
                std::string_view type = describe(info.type);
                if (type.starts_with("a ")) type.remove_prefix(2);
                if (type.starts_with("an ")) type.remove_prefix(3);
                said = std::string(type) + (said.empty() ? "" : "; default " + said);
            }
            keys[std::string(table.header) + " " + std::string(info.key)] = said;
        }
    }
    return keys;
}

TEST(FullSample, HasEveryKeyWithItsDefault) {
    Keys sample;
    std::string header = "at the top of the file";
    for (const std::string& written : lines_of(text_of("config/policy.full.toml"))) {
        const std::string line = written.starts_with("# headers = ") ? written.substr(2) : written;
        if (line.starts_with('[')) {
            header = line.starts_with("[cause.") ? "[cause.<id>]" : line;
        } else if (const auto equals = line.find(" = ");
                   !line.starts_with('#') && equals != std::string::npos && header != "[groups]" &&
                   header != "[networks]") {
            sample.emplace(header + " " + line.substr(0, equals), line.substr(equals + 3));
        }
    }
    const Keys schema = keys_of_schema(false);
    // A domain table has the keys of its kind too, as an alias table has.
    const std::string of_domains = "[[domain_table]] ";
    for (const auto& [key, value] : sample)
        EXPECT_TRUE(schema.contains(key) ||
                    (key.starts_with(of_domains) &&
                     schema.contains("[[alias_table]] " + key.substr(of_domains.size()))))
            << key;
    // A test has to be about something other than the defaults.
    const std::set<std::string> examples = {"[server] name", "[[test]] login"};
    for (const auto& [key, fallback] : schema) {
        ASSERT_TRUE(sample.contains(key)) << key;
        if (fallback.empty() || examples.contains(key)) continue;
        EXPECT_EQ(sample[key], fallback) << key;
    }
}

TEST(ManualPage, HasEveryKeyWithItsTypeAndDefault) {
    Keys page;
    std::string header;
    bool in_tables = false;
    for (std::string line : lines_of(text_of("contrib/man/policy.toml.5"))) {
        for (std::size_t at; (at = line.find("\\(dq")) != std::string::npos;)
            line.replace(at, 4, "\"");
        if (line.starts_with(".Sh ")) in_tables = line == ".Sh TABLES";
        if (!in_tables) continue;
        if (line == ".Ss \\&At the top of the file") {
            header = "at the top of the file";
        } else if (line.starts_with(".Ss ")) {
            header = line.substr(4, line.size() - 4 - std::string_view("\\&").size());
        } else if (line.starts_with(".It Ic ")) {
            const std::size_t end = line.find(" Pq ");
            ASSERT_NE(end, std::string::npos) << line;
            std::string said = line.substr(end + 4);
            if (said.ends_with("; required")) said.resize(said.size() - 10);
            page.emplace(header + " " + line.substr(7, end - 7), said);
        }
    }
    EXPECT_EQ(page, keys_of_schema(true));
}

TEST(Causes, StandWithTheirDefaultsInTheFullSampleAndTheManualPage) {
    const std::string sample = text_of("config/policy.full.toml");
    const std::string page = text_of("contrib/man/policy.toml.5");
    for (const Cause cause : all_causes) {
        const std::string id(to_string(cause));
        const std::string action(to_string(default_action(cause)));
        const std::string reply = to_string(default_reply(cause));
        const auto padded = [](std::string text, std::size_t width) {
            text.resize(width, ' ');
            return text;
        };
        EXPECT_NE(sample.find("#   " + padded(id, 27) + padded(action, 10) + reply + "\n"),
                  std::string::npos)
            << id;
        EXPECT_NE(page.find(".It Li " + id + " Pq " + action + ", " + reply + "\n"),
                  std::string::npos)
            << id;
    }
}

TEST(Schema, NamesTheDefaultsThatHold) {
    std::string all;
    for (const TableInfo& table : policy_schema()) {
        if (table.header.starts_with("[[") || table.name == "cause.<id>") continue;
        if (!table.name.empty()) all += std::string(table.header) + "\n";
        for (const KeyInfo& info : table.keys) {
            if (info.fallback.empty()) continue;
            all += std::string(info.key) + " = " + std::string(info.fallback) + "\n";
        }
    }
    const Loaded said = load_policy_text(all, "said.toml", "host.example");
    const Loaded built_in = load_policy_text("[from]\n", "empty.toml", "host.example");
    ASSERT_EQ(errors_of(said), "");
    ASSERT_EQ(errors_of(built_in), "");

    const PolicySource& a = said.policy->source();
    const PolicySource& b = built_in.policy->source();
    EXPECT_EQ(a.monitor_mode, b.monitor_mode);
    EXPECT_EQ(a.server_name, b.server_name);
    EXPECT_EQ(a.help_url, b.help_url);
    EXPECT_EQ(a.hosted_domains.patterns(), b.hosted_domains.patterns());
    EXPECT_EQ(a.relay_domains.patterns(), b.relay_domains.patterns());
    ASSERT_EQ(a.trusted_networks.size(), b.trusted_networks.size());
    for (std::size_t i = 0; i < a.trusted_networks.size(); ++i)
        EXPECT_EQ(a.trusted_networks[i].network, b.trusted_networks[i].network);
    for (const char* mailer : {"smtp", "esmtp", "local", "relay"})
        EXPECT_EQ(said.policy->remote_mailer(mailer, Mta::postfix),
                  built_in.policy->remote_mailer(mailer, Mta::postfix))
            << mailer;
    EXPECT_EQ(a.submission_ports, b.submission_ports);
    EXPECT_EQ(a.submission_daemon_names, b.submission_daemon_names);
    EXPECT_EQ(a.require_tls, b.require_tls);
    EXPECT_EQ(a.default_realm, b.default_realm);
    EXPECT_EQ(a.login_forms.size(), b.login_forms.size());
    EXPECT_FALSE(b.realms);
    EXPECT_EQ(a.owns_own_address, b.owns_own_address);
    EXPECT_EQ(a.subaddress_delimiter, b.subaddress_delimiter);
    EXPECT_EQ(a.require_owned_sender_field, b.require_owned_sender_field);
    EXPECT_EQ(a.missing_from, b.missing_from);
    EXPECT_EQ(a.accepts_bounces, b.accepts_bounces);

    const Settings& c = said.settings;
    const Settings& d = built_in.settings;
    EXPECT_EQ(c.listen.addresses, d.listen.addresses);
    EXPECT_EQ(c.listen.socket_mode, d.listen.socket_mode);
    EXPECT_EQ(c.listen.socket_group, d.listen.socket_group);
    EXPECT_EQ(c.log.syslog, d.log.syslog);
    EXPECT_EQ(c.log.format, d.log.format);
    EXPECT_EQ(c.log.store, d.log.store);
    EXPECT_EQ(c.log.keep_days, d.log.keep_days);
    EXPECT_EQ(c.log.max_mb, d.log.max_mb);
    EXPECT_EQ(c.log.recipients, d.log.recipients);
}

TEST(Sample, IsSoundAndAsksForFourChanges) {
    const std::string text = text_of("config/policy.toml");
    const Loaded loaded = load_policy_text(text, "policy.toml", "host.example");
    EXPECT_EQ(errors_of(loaded), "");
    EXPECT_LT(lines_of(text).size(), 70U);
    std::size_t changes = 0;
    for (const std::string& line : lines_of(text))
        if (line.find("# <-- ") != std::string::npos) ++changes;
    EXPECT_EQ(changes, 4U);
}

// What it shows behind # is as sound as the rest.
TEST(Sample, IsSoundWithItsExamplesToo) {
    std::string text;
    for (std::string line : lines_of(text_of("config/policy.toml"))) {
        if (line.size() > 1 && line[0] == '#' && line[1] != ' ') line.erase(0, 1);
        text += line + "\n";
    }
    const Loaded loaded = load_policy_text(text, "policy.toml", "host.example");
    EXPECT_EQ(errors_of(loaded), "");
    ASSERT_TRUE(loaded.policy);
    EXPECT_EQ(loaded.policy->source().grants.size(), 2U);
    EXPECT_EQ(loaded.policy->source().restrictions.size(), 1U);
}

TEST(FullSample, IsSound) {
    const Loaded loaded =
        load_policy_text(text_of("config/policy.full.toml"), "policy.full.toml", "host.example");
    EXPECT_EQ(errors_of(loaded), "");
}

}  // namespace
}  // namespace relaypermit
