// [[test]]: facts, and what is expected of them.
#include <array>
#include <cstdint>
#include <iterator>

#include "config/habits.h"
#include "config/sections.h"
#include "config/values.h"
#include "policy/network.h"

namespace relaypermit {
namespace {

struct TestDraft {
    TestCase test{};
    const Node* from{};
    const Node* headers{};
    const Node* tables{};
};

void take_headers(Reader& reader, const Node& value, TestDraft& draft) {
    draft.headers = &value;
    auto& headers = draft.test.facts.headers.emplace();
    for (const Node& item : value.items_of(Node::Kind::string)) {
        if (item.text().find(':') == std::string::npos) {
            reader.error(item.position, in_backticks(item.text()) + " is not a header field",
                         "as in \"From: alice@example.com\"");
        }
        headers.push_back(item.text());
    }
}

void take_now(Reader& reader, const Node& value, TestDraft& draft) {
    const When& when = value.when();
    if (!names_a_moment(reader, value)) return;
    draft.test.facts.now = when.at;
}

void take_expect(Reader& reader, const Node& value, TestDraft& draft) {
    if (value.text() != "accept" && !cause_from(value.text())) {
        std::vector<std::string_view> known = {"accept"};
        for (const Cause cause : all_causes) known.push_back(to_string(cause));
        std::string near = did_you_mean(value.text(), known);
        if (near.empty()) near = value_of_habit(value.text(), std::span(known).first(1));
        reader.error(value.position,
                     "`expect` must be `accept` or a cause, not " + in_backticks(value.text()),
                     near.empty()
                         ? "a cause such as `sender-not-owned`: `relaypermit show` lists them"
                         : "did you mean `" + near + "`?");
    }
    draft.test.expect = value.text();
}

const Row<TestDraft> test_rows[] = {
    {{"name", ValueType::string, ""},
     [](Reader&, const Node& value, TestDraft& draft) { draft.test.name = value.text(); }},
    {{"client", ValueType::string, "\"198.51.100.1\""},
     [](Reader& reader, const Node& value, TestDraft& draft) {
         if (!IpAddress::parse(value.text())) {
             reader.error(value.position, in_backticks(value.text()) + " is not an IP address",
                          "as in 198.51.100.7");
         }
         draft.test.facts.client = value.text();
     }},
    {{"port", ValueType::integer, "587", 1, 65535},
     [](Reader&, const Node& value, TestDraft& draft) {
         draft.test.facts.port = static_cast<std::uint16_t>(value.integer());
     }},
    {{"daemon_name", ValueType::string, "\"\""},
     [](Reader&, const Node& value, TestDraft& draft) {
         draft.test.facts.daemon_name = value.text();
     }},
    {{"mta", ValueType::string, "\"postfix\""},
     [](Reader& reader, const Node& value, TestDraft& draft) {
         constexpr std::array<std::string_view, 2> mtas = {"postfix", "sendmail"};
         if (const auto mta = reader.choice(value, "`mta`", mtas))
             draft.test.facts.mta = *mta == 1 ? Mta::sendmail : Mta::postfix;
     }},
    {{"tls", ValueType::boolean, ""},
     [](Reader&, const Node& value, TestDraft& draft) { draft.test.facts.tls = value.boolean(); }},
    {{"helo", ValueType::string, "\"client.example\""},
     [](Reader&, const Node& value, TestDraft& draft) { draft.test.facts.helo = value.text(); }},
    {{"login", ValueType::string, "\"\""},
     [](Reader&, const Node& value, TestDraft& draft) { draft.test.facts.login = value.text(); }},
    {{"mechanism", ValueType::string, ""},
     [](Reader&, const Node& value, TestDraft& draft) {
         draft.test.facts.mechanism = value.text();
     }},
    {{"sender", ValueType::string, ""},
     [](Reader&, const Node& value, TestDraft& draft) { draft.test.facts.sender = value.text(); }},
    {{"recipients", ValueType::strings, "[\"someone@remote.invalid\"]"},
     [](Reader& reader, const Node& value, TestDraft& draft) {
         if (value.items().empty()) {
             reader.error(value.position, "`recipients` is empty: a message goes to somebody",
                          "leave it out for someone@remote.invalid");
             return;
         }
         draft.test.facts.recipients.clear();
         for (const Node& item : value.items_of(Node::Kind::string))
             draft.test.facts.recipients.push_back(item.text());
     }},
    {{"rcpt_mailer", ValueType::string, ""},
     [](Reader&, const Node& value, TestDraft& draft) {
         draft.test.facts.rcpt_mailer = value.text();
     }},
    {{"from", ValueType::string, ""},
     [](Reader&, const Node& value, TestDraft& draft) { draft.from = &value; }},
    {{"headers", ValueType::strings, ""}, take_headers},
    {{"now", ValueType::when, ""}, take_now},
    {{"expect", ValueType::string, ""}, take_expect},
    {{"rule", ValueType::string, ""},
     [](Reader&, const Node& value, TestDraft& draft) { draft.test.rule = value.text(); }},
};

struct CaseTableDraft {
    CaseTable table{};
    const Node* id{};
};

const Row<CaseTableDraft> table_rows[] = {
    {{"id", ValueType::string, ""},
     [](Reader&, const Node& value, CaseTableDraft& draft) {
         draft.id = &value;
         draft.table.id = value.text();
     }},
    {{"rows", ValueType::strings, ""},
     [](Reader& reader, const Node& value, CaseTableDraft& draft) {
         for (const Node& item : value.items_of(Node::Kind::string)) {
             const std::string& text = item.text();
             const std::size_t end = text.find_first_of(" \t");
             const std::size_t values =
                 end == std::string::npos ? end : text.find_first_not_of(" \t", end);
             // A domain of a domain table.
             if (end == std::string::npos && normalize_domain(text)) {
                 draft.table.rows.push_back({text, text});
                 continue;
             }
             if (end == 0 || values == std::string::npos)
                 reader.error(item.position, in_backticks(text) + " is not a row",
                              "as in \"bob@example.com  info@example.com, sales@example.com\"");
             else
                 draft.table.rows.push_back({text.substr(0, end), text.substr(values)});
         }
     }},
    {{"down", ValueType::boolean, "false"},
     [](Reader&, const Node& value, CaseTableDraft& draft) { draft.table.down = value.boolean(); }},
};

void read_case_tables(Reader& reader, const Node& list, std::vector<CaseTable>& tables) {
    for (const Node& table : list.items()) {
        CaseTableDraft draft;
        draft.table.place = reader.place(table.position);
        read_table(reader, table, "in [[test.table]]", table_rows, draft);
        if (draft.id == nullptr && !reader.incomplete() && !reader.was_mistyped("id"))
            reader.error(table.position, "[[test.table]] has no `id`",
                         "that of an [[alias_table]] or [[domain_table]]");
        tables.push_back(std::move(draft.table));
    }
}

// `table` stands beside the keys that have values.
std::vector<Row<TestDraft>> rows_with_table() {
    std::vector<Row<TestDraft>> rows(std::begin(test_rows), std::end(test_rows));
    rows.push_back({{"table", ValueType::tables, ""},
                    [](Reader&, const Node& value, TestDraft& draft) { draft.tables = &value; }});
    return rows;
}

void check_test(Reader& reader, const Node& table, const TestDraft& draft) {
    if (!reader.incomplete()) {
        for (const auto& [key, help] :
             {std::pair<std::string_view, std::string_view>("name", "what it shows, in words"),
              std::pair<std::string_view, std::string_view>("expect", "`accept`, or a cause")}) {
            if (table.find(key) == nullptr && !reader.was_mistyped(key))
                reader.error(table.position, "[[test]] has no " + in_backticks(key), help);
        }
    }
    if (draft.from != nullptr && draft.headers != nullptr) {
        reader.error(draft.from->position, "[[test]] has both `from` and `headers`",
                     "`from` is short for one From in `headers`");
    }
}

}  // namespace

void read_tests(Reader& reader, const Node& list, std::vector<TestCase>& tests) {
    const std::vector<Row<TestDraft>> rows = rows_with_table();
    for (const Node& table : list.items()) {
        TestDraft draft;
        draft.test.place = reader.place(table.position);
        read_table(reader, table, "in [[test]]", rows, draft);
        check_test(reader, table, draft);
        if (draft.tables != nullptr) read_case_tables(reader, *draft.tables, draft.test.tables);
        if (draft.from != nullptr && draft.headers == nullptr)
            draft.test.facts.headers = {"From: " + draft.from->text()};
        tests.push_back(std::move(draft.test));
    }
}

std::vector<TableInfo> test_tables() {
    return {{"test", "[[test]]", infos_of(test_rows)},
            {"test.table", "[[test.table]]", infos_of(table_rows)}};
}

}  // namespace relaypermit
