// A [[test]] of the policy file or of a case file: facts, and what is expected of them.
// The facts' names and defaults are those of `relaypermit explain`. A value; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/evaluate.h"
#include "policy/place.h"

namespace relaypermit {

// The facts as written; fields left out take their default from case_facts().
struct CaseFacts {
    std::string client{"198.51.100.1"};
    std::uint16_t port{587};
    std::string daemon_name{};
    Mta mta{Mta::postfix};
    std::optional<bool> tls{};  // default: true on a submission port
    std::string helo{"client.example"};
    std::string login{};
    std::optional<std::string> mechanism{};  // default: PLAIN where there is a login
    std::optional<std::string> sender{};     // "" is the null sender; default: see case_facts()
    std::vector<std::string> recipients{"someone@remote.invalid"};
    std::optional<std::string> rcpt_mailer{};  // default: smtp for a remote domain
    // Whole fields in order; default: one From that is the sender.
    std::optional<std::vector<std::string>> headers{};
    std::optional<TimePoint> now{};  // default: the present, which the caller hands in
};

// [[test.table]]: what an alias table holds in place of what it holds.
struct CaseTable {
    struct Row {
        std::string key{};
        std::string values{};  // apart by commas or blanks
    };
    std::string id{};
    Place place{};
    std::vector<Row> rows{};
    bool down{};  // every lookup fails
};

struct TestCase {
    std::string name{};
    Place place{};
    CaseFacts facts{};
    std::string expect{};               // "accept" or a cause id
    std::optional<std::string> rule{};  // one of the rules that the verdict names
    std::vector<CaseTable> tables{};
};

// The facts with every default filled in, as policy.toml(5) states them: without `sender` the
// login's address (canonical), or x@remote.invalid without a login; the From of a null sender is
// the login. Recipients are all filled in; a caller that plays stages hands them to evaluate() one
// after the other.
[[nodiscard]] Facts case_facts(const CaseFacts& facts, const Policy& policy, TimePoint present);

}  // namespace relaypermit
