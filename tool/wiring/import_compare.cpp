#include "tool/wiring/import_compare.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>

#include "policy/ascii.h"
#include "policy/decide.h"
#include "policy/network.h"
#include "tool/wiring/logical_lines.h"
#include "tool/wiring/postfix_answers.h"

namespace relaypermit {
namespace {

// Enough for all pairs of a thousand of each; of more, each sender is tried with its owners and
// with this many others.
constexpr std::size_t all_pairs = 1'000'000;
constexpr std::size_t some_logins = 50;

class Comparer {
  public:
    Comparer(const Policy& policy, const PostfixImport& imported, const Ask& ask)
        : policy_(policy), imported_(imported), ask_(ask) {}

    tl::expected<Comparison, std::string> run(const KnownPairs& known) {
        collect();
        for (const auto& [login, sender] : known.recorded) {
            logins_.insert(login);
            senders_.insert(sender);
        }
        logins_.insert(known.logins.begin(), known.logins.end());
        Owners owners;
        if (comparison_.unlisted.empty() && known.logins.empty()) {
            if (auto fault = ask_postfix(senders_, owners)) return fault_of(*std::move(fault));
        } else {
            for (const std::string& login : logins_) add_as_itself(login);
            if (auto fault = ask_postfix(senders_, owners)) return fault_of(*std::move(fault));
            if (auto fault = follow(owners)) return fault_of(*std::move(fault));
        }
        comparison_.logins = logins_.size();
        comparison_.senders = senders_.size();
        const bool all = logins_.size() * senders_.size() <= all_pairs;
        for (const auto& [sender, owned] : owners) {
            std::set<std::string> of_sender;
            if (owned)
                for (const std::string& login : list_items(*owned))
                    of_sender.insert(ascii_lower(login));
            std::size_t others = 0;
            for (const std::string& login : logins_) {
                if (all || of_sender.contains(ascii_lower(login)) ||
                    known.recorded.contains({login, sender}) || others++ < some_logins)
                    compare(login, sender, owned.has_value(), of_sender);
                if (!silent_.empty()) return fault_of(std::move(silent_));
            }
        }
        return std::move(comparison_);
    }

  private:
    using Owners = std::map<std::string, std::optional<std::string>>;

    static tl::unexpected<std::string> fault_of(std::string why) {
        return tl::make_unexpected(std::move(why));
    }

    [[nodiscard]] std::optional<std::string> ask_postfix(const std::set<std::string>& senders,
                                                         Owners& owners) const {
        auto answers =
            owners_by_postfix({imported_.directory, imported_.map_names,
                               imported_.tables.local_domains, imported_.tables.delimiters},
                              senders);
        if (!answers) return std::move(answers.error());
        owners.merge(*answers);
        return std::nullopt;
    }

    void add_as_itself(const std::string& login) {
        if (login.find('@') != std::string::npos) senders_.insert(login);
    }

    // The logins that a table answers with, which it does not list, and what it says of these.
    [[nodiscard]] std::optional<std::string> follow(Owners& owners) {
        std::set<std::string> known = senders_;
        for (const auto& [sender, owned] : owners)
            for (const std::string& login : list_items(owned.value_or("")))
                if (logins_.insert(login).second) add_as_itself(login);
        std::set<std::string> found;
        std::set_difference(senders_.begin(), senders_.end(), known.begin(), known.end(),
                            std::inserter(found, found.end()));
        return ask_postfix(found, owners);
    }

    [[nodiscard]] Verdict judge(const std::string& login, const std::string& sender) {
        Facts facts;
        const PolicySource& source = policy_.source();
        facts.port =
            source.submission_ports.empty() ? std::uint16_t{587} : source.submission_ports.front();
        facts.tls = "TLSv1.3";
        facts.client = IpAddress::parse("198.51.100.1");
        facts.auth_type = "PLAIN";
        facts.auth_authen = login;
        facts.sender_argument = "<" + sender + ">";
        facts.sender_by_mta = sender;
        Reading reading;
        Verdict verdict = decide(policy_, facts, reading, Stage::mail, ask_);
        // Where it would refuse in any case too, and so seem to agree.
        for (const TableAnswer& answer : facts.table_answers)
            if (!answer.known)
                silent_ = "nothing can be compared: the table " + answer.table +
                          " of the policy gives no answer: " + answer.why;
        return verdict;
    }

    void collect() {
        const OwnerRules& rules = imported_.policy.owners;
        // As the tables write them: without a realm too.
        bool has_templates = false;
        for (const LookupTable& table : imported_.tables.tables) {
            if (table.kind == LookupTable::Kind::unknown)
                comparison_.unlisted.push_back(table.name);
            for (const TableEntry& entry : table.entries)
                for (const std::string& login : list_items(entry.value)) logins_.insert(login);
            for (const PatternLine& line : table.patterns) {
                has_templates = has_templates || has_groups(line.result);
                if (!has_groups(line.result))
                    for (const std::string& login : list_items(line.result)) logins_.insert(login);
            }
            if (table.kind == LookupTable::Kind::every_key)
                for (const std::string& login : list_items(table.value)) logins_.insert(login);
        }
        senders_ = rules.known_senders;
        const std::set<std::string> addresses = senders_;
        for (const std::string& address : addresses) {
            const std::size_t at = address.rfind('@');
            add_probe(address.substr(at + 1));
            if (!imported_.tables.delimiters.empty())
                senders_.insert(address.substr(0, at) + imported_.tables.delimiters.front() +
                                "probe" + address.substr(at));
            // What a pattern gives a right to is often the login of the same name.
            if (has_templates) logins_.insert(address);
        }
        for (const ImportedItem& domain : imported_.policy.hosted_domains)
            if (!domain.text.starts_with("*")) add_probe(domain.text);
        for (const LookupTable& table : imported_.tables.tables)
            for (const TableEntry& entry : table.entries)
                if (entry.key.starts_with("@")) add_probe(entry.key.substr(1));
        add_probe("elsewhere.invalid");
        logins_.insert("relaypermit-probe@" + (imported_.policy.hosted_domains.empty()
                                                   ? std::string("example.invalid")
                                                   : imported_.policy.hosted_domains.front().text));
    }

    void add_probe(const std::string& domain) { senders_.insert("relaypermit-probe@" + domain); }

    [[nodiscard]] bool postfix_permits(const std::string& login, bool owned,
                                       const std::set<std::string>& of_sender) const {
        switch (imported_.check) {
            case SenderCheck::none:
            case SenderCheck::warned:
                return true;
            case SenderCheck::known:
                return !owned || of_sender.contains(ascii_lower(login));
            case SenderCheck::all:
                return of_sender.contains(ascii_lower(login));
        }
        return false;
    }

    void compare(const std::string& login, const std::string& sender, bool owned,
                 const std::set<std::string>& of_sender) {
        ++comparison_.pairs;
        const bool theirs = postfix_permits(login, owned, of_sender);
        const Verdict verdict = judge(login, sender);
        const bool ours = verdict.outcome == Outcome::accept || verdict.outcome == Outcome::monitor;
        if (theirs == ours) return;
        std::string why;
        if (!ours)
            why = verdict.cause ? std::string(to_string(*verdict.cause)) : "it cannot be looked up";
        else
            for (const std::string& rule : verdict.rules) why += (why.empty() ? "" : ", ") + rule;
        comparison_.differences.push_back({login, sender, theirs, std::move(why)});
    }

    const Policy& policy_;
    const PostfixImport& imported_;
    const Ask& ask_;
    std::set<std::string> logins_{};
    std::set<std::string> senders_{};
    std::string silent_{};  // the table that gives no answer
    Comparison comparison_{};
};

}  // namespace

tl::expected<Comparison, std::string> compare_import(const Policy& policy,
                                                     const PostfixImport& imported,
                                                     const KnownPairs& known, const Ask& ask) {
    return Comparer(policy, imported, ask).run(known);
}

}  // namespace relaypermit
