#include "tool/wiring/postfix_checks.h"

#include <array>
#include <set>
#include <tuple>
#include <utility>

#include "tool/wiring/policy_checks.h"

namespace relaypermit {
namespace {

constexpr std::array<PostfixCheck, 15> checks = {
    check_milter_is_asked, check_milter_options, check_milter_macros, check_local_mail,
    check_filters,         check_message_text,   check_other_milters, check_sockets,
    check_policy_service,  check_relaying,       check_networks,      check_order_of_refusals,
    check_submission,      check_auth,           check_domains,
};

}  // namespace

WiringFindings check_postfix(const PostfixFacts& facts) {
    WiringFindings all;
    check_policy_files(facts.policy, all);
    for (const PostfixCheck check : checks) check(facts, all);
    // What several services take from main.cf is one line to change.
    WiringFindings once;
    std::set<std::tuple<std::string_view, FileLine, std::string>> said;
    for (WiringFinding& finding : all)
        if (said.emplace(finding.id, finding.place, finding.write).second)
            once.push_back(std::move(finding));
    sort_by_line(once);
    return once;
}

std::vector<std::string> remarks_on_postfix(const PostfixFacts& facts) {
    std::set<std::string> tables;
    std::set<std::string> unanswered;
    for (const auto& [parameter, list] : facts.lists) {
        tables.insert(list.unlisted.begin(), list.unlisted.end());
        unanswered.insert(list.unanswered.begin(), list.unanswered.end());
    }
    std::vector<std::string> remarks;
    for (const std::string& table : unanswered)
        remarks.push_back(table +
                          " cannot be asked from here: what Postfix takes mail for is not "
                          "known in full");
    for (const std::string& table : tables)
        remarks.push_back(table +
                          " does not list what it holds: it was asked for the domains of "
                          "the policy alone");
    return remarks;
}

std::string milter_entry(const PostfixFacts& facts) {
    return "{ " + endpoint_of(facts.listen()[Protocol::milter], facts.queue_directory()) +
           ", connect_timeout=10s, command_timeout=15s, content_timeout=60s, "
           "default_action=tempfail }";
}

std::string line_for(const PostfixSettings& postfix, const FileLine& place,
                     std::string_view setting) {
    if (place.file != postfix.master_cf()) return std::string(setting);
    return "  -o { " + std::string(setting) + " }";
}

}  // namespace relaypermit
