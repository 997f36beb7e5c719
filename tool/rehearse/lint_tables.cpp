// Warnings about [[alias_table]] and [[domain_table]]: what mail waits for where one is silent.
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "config/settings.h"
#include "policy/policy_source.h"
#include "tool/rehearse/lint.h"

namespace relaypermit {
namespace {

// One answer may need every table in turn, and the MTA waits for it: 15 s in the lines of main.cf
// and sendmail.mc that come with relaypermit, of which the rest needs its share.
void lint_patience(Lint& lint) {
    constexpr std::uint64_t patience_ms = 10'000;
    std::uint64_t sum_ms = 0;
    for (const TableSettings& table : lint.loaded().settings.tables) sum_ms += table.timeout_ms;
    if (sum_ms <= patience_ms) return;
    const PolicySource& source = lint.source();
    lint.warn(
        source.tables.empty() ? source.domain_tables.front().place : source.tables.front().place,
        "tables that hang hold up a message for " + std::to_string(sum_ms) + " ms in all",
        "keep the sum of their `timeout_ms` within " + std::to_string(patience_ms) +
            ": the MTA gives up on the milter after 15 s");
}

// Of a file that was read once the last version stays in force; not of SQLite's, which may be
// locked.
bool may_be_silent(const TableSettings& table) {
    return !std::holds_alternative<FileSettings>(table.of_kind) &&
           !std::holds_alternative<CdbSettings>(table.of_kind) &&
           !std::holds_alternative<LmdbSettings>(table.of_kind);
}

std::string what_becomes_of_it(const Lint& lint) {
    switch (lint.loaded().policy->cause(Cause::lookup_failed).action) {
        case Action::tempfail:
            return "put off as `lookup-failed`";
        case Action::reject:
            return "refused for good as `lookup-failed`";
        case Action::monitor:
        case Action::off:
            break;
    }
    return "refused as if it were";
}

// Whether its sender is hosted here matters of mail from strangers where they may not say so
// without a login. No list answers that for a domain that is nobody's here, and stale_s keeps a yes
// alone.
void lint_mail_from_outside(Lint& lint) {
    std::string causes;
    for (const Cause cause : {Cause::hosted_sender_needs_login, Cause::hosted_from_needs_login})
        if (lint.refuses(cause))
            causes += (causes.empty() ? "" : " and ") + in_backticks(to_string(cause));
    if (causes.empty()) return;
    std::vector<std::string> tables;
    Place place;
    for (const DomainTableSource& table : lint.source().domain_tables)
        for (const TableSettings& settings : lint.loaded().settings.tables) {
            if (settings.id != table.id || table.role != DomainRole::hosted ||
                !may_be_silent(settings))
                continue;
            if (tables.empty()) place = table.place;
            tables.push_back(in_backticks(table.id));
        }
    if (tables.empty()) return;
    std::string named;
    for (std::size_t i = 0; i < tables.size(); ++i)
        named += (i == 0 ? "" : i + 1 == tables.size() ? " and " : ", ") + tables[i];
    const bool one = tables.size() == 1;
    lint.warn(place,
              "for " + causes + " mail from outside waits until " + named +
                  (one ? " says" : " say") + " that its sender is not hosted here: while " +
                  (one ? "it gives" : "one of them gives") + " no answer such mail is " +
                  what_becomes_of_it(lint),
              "a copy of the domains as `type = \"cdb\"`, \"lmdb\" or \"file\" answers from its "
              "last version; a "
              "longer `negative_cache_s` serves the domains that were asked before, neither "
              "`stale_s` nor a list in [relay] does");
}

}  // namespace

void lint_tables(Lint& lint) {
    lint_patience(lint);
    lint_mail_from_outside(lint);
}

}  // namespace relaypermit
