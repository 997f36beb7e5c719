// Warnings about domains that are one typing mistake away from a hosted one.
#include <set>
#include <span>
#include <string_view>
#include <unordered_map>

#include "policy/near_domain.h"
#include "tool/rehearse/lint.h"

namespace relaypermit {

std::string with_hosted_domain(const PolicySource& source, const Pattern& pattern) {
    if (pattern.domain().empty() || pattern.kind() == Pattern::Kind::regex) return {};
    const std::string near = near_hosted_domain(source, pattern.domain());
    if (near.empty()) return {};
    const std::string text = pattern.text();
    const std::size_t at = text.rfind('@');
    if (at == std::string::npos) return {};
    const bool below = std::string_view(text).substr(at + 1).starts_with("*.");
    return text.substr(0, at + 1) + (below ? "*." : "") + near;
}

namespace {

// Each domain is compared once; lists that tools write name few domains and many users.
class MistypedDomains {
  public:
    explicit MistypedDomains(Lint& lint) : lint_(lint) {}

    // `what` is what the pattern is of: "login".
    void look_at(const PlacedPattern& one, std::string_view what) {
        const std::string domain(one.pattern.domain());
        if (domain.empty() || one.pattern.kind() == Pattern::Kind::regex) return;
        constexpr std::size_t most = 5000;
        const auto [known, added] = is_near_.try_emplace(domain);
        if (added && is_near_.size() <= most)
            known->second = !near_hosted_domain(lint_.source(), domain).empty();
        if (!known->second || !said_.insert(to_string(one.place)).second) return;
        const std::string meant = with_hosted_domain(lint_.source(), one.pattern);
        if (meant.empty()) return;
        lint_.warn(one.place,
                   "the domain of the " + std::string(what) + " " +
                       in_backticks(one.pattern.text()) + " is not hosted",
                   "did you mean " + in_backticks(meant) + "?");
    }
    // Members of groups are looked at where the groups stand.
    void look_at(const LoginPatterns& logins) {
        logins.each_part(
            [&](std::span<const LoginPattern> written) {
                for (const LoginPattern& login : written) look_at(login, "login");
            },
            [](const LoginPatterns::Group&) {});
    }

  private:
    Lint& lint_;
    std::unordered_map<std::string, bool> is_near_{};
    std::set<std::string> said_{};
};

// What replies and help pages tell people to enter as their outgoing server.
void lint_server_name(Lint& lint) {
    const std::string& name = lint.source().server_name;
    const std::string near = near_hosted_domain(lint.source(), name);
    if (!near.empty() && lint.is_set("server.name"))
        lint.warn(lint.place("server.name"),
                  "replies name this server " + in_backticks(name) +
                      ", which is nearly a name in a hosted domain",
                  "did you mean " + in_backticks(near) + "?");
}

}  // namespace

void lint_typos(Lint& lint) {
    lint_server_name(lint);
    MistypedDomains mistyped(lint);
    for (const auto& [name, members] : lint.loaded().members)
        for (const LoginPattern& login : members->members) mistyped.look_at(login, "login");
    for (const Grant& grant : lint.source().grants) {
        mistyped.look_at(grant.logins);
        mistyped.look_at(grant.rare->except_logins);
        for (const PlacedPattern& one : grant.rare->except) mistyped.look_at(one, "exception");
    }
    for (const Restriction& restriction : lint.source().restrictions) {
        mistyped.look_at(restriction.logins);
        mistyped.look_at(restriction.except_logins);
        if (!restriction.recipients) continue;
        for (const PlacedPattern& one : *restriction.recipients) mistyped.look_at(one, "recipient");
    }
    for (const auto& except : lint.source().exceptions) {
        mistyped.look_at(except->logins);
        for (const PlacedPattern& one : except->senders) mistyped.look_at(one, "exception");
    }
}

}  // namespace relaypermit
