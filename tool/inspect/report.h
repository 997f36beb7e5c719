// What was refused within a time, counted: by cause, login, sender, client network and over time,
// against the time before. Pure but for TZ; one thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "policy/cause.h"
#include "tool/inspect/abuse.h"
#include "tool/inspect/decision.h"
#include "tool/inspect/decisions.h"
#include "tool/inspect/web_form.h"
#include "tool/inspect/whole_realm.h"

namespace relaypermit {

struct ReportRow {
    std::string name{};  // as it was recorded: not yet fit to print
    std::uint64_t count{};
    std::optional<std::uint64_t> before{};  // in the time before; nullopt: not comparable()
    std::size_t people{};
    std::optional<Cause> cause{};  // the most frequent
    LoginTrouble trouble{};        // the most frequent of login-required
    // Tried with that cause, folded (sender_fold.h), the most frequent first; at most three.
    std::vector<std::string> senders{};
    std::size_t other_senders{};
};

struct ReportBucket {
    TimePoint from{};
    std::string label{};  // "14:00", "Mon 1 Jun", "Jun 2026", "2026"
    std::uint64_t count{};
};

struct ReportTotals {
    std::uint64_t accepted{};
    std::uint64_t refused{};    // by us, for good or for now
    std::uint64_t by_mta{};     // by the mail server itself
    std::uint64_t monitored{};  // went through, and would have been refused
    std::size_t people{};
    // refused, by_mta and monitored of the time before; nullopt: not comparable().
    std::optional<std::uint64_t> refused_before{};
    std::uint64_t wrong_passwords{};

    [[nodiscard]] std::uint64_t all() const { return refused + by_mta + monitored; }
};

class Report {
  public:
    static constexpr std::size_t max_names = 100000;  // a table; beyond, names are not told apart

    // `end` is where an open span ends. The time before is as long as the span. `delimiters` of
    // subaddresses as without_subaddress() takes them.
    Report(const TimeSpan& span, TimePoint end, std::string delimiters = "+");

    [[nodiscard]] TimeSpan before() const { return before_; }
    [[nodiscard]] TimeSpan span() const { return {span_.since, end_}; }

    // A decision of either time; accepted ones count as such.
    void add(const Decision& decision);
    void add_accepted(std::uint64_t count) { totals_.accepted += count; }
    // When the record begins, where that is known.
    void set_beginning(std::optional<TimePoint> begins) { begins_ = begins; }
    void set_gaps(std::vector<StoreGap> gaps) { gaps_ = std::move(gaps); }

    // False where the record begins within the time before, or later: then everything would look
    // new.
    [[nodiscard]] bool comparable() const { return !begins_ || *begins_ <= before_.since; }
    [[nodiscard]] std::optional<TimePoint> begins() const { return begins_; }
    [[nodiscard]] ReportTotals totals() const;
    // By hour, day, week, month or year, from where the record begins.
    [[nodiscard]] std::vector<ReportBucket> over_time() const;
    [[nodiscard]] std::vector<ReportRow> causes() const;
    // The most frequent first.
    [[nodiscard]] std::vector<ReportRow> logins(std::size_t most) const;
    [[nodiscard]] std::vector<ReportRow> clients(std::size_t most) const;  // without a login
    // Rows of floods, whose senders differ and are not on record, stand as various_senders.
    [[nodiscard]] std::vector<ReportRow> senders(std::size_t most) const;
    [[nodiscard]] std::vector<ReportRow> networks(std::size_t most) const;
    // What was not there in the time before; nothing where that is not comparable().
    [[nodiscard]] std::vector<ReportRow> fresh_causes() const;
    [[nodiscard]] std::vector<ReportRow> fresh_logins(std::size_t most) const;
    [[nodiscard]] std::vector<ReportRow> fresh_clients(std::size_t most) const;  // without a login
    // After the last add(): found once.
    [[nodiscard]] const std::vector<Suspect>& suspects() const;
    // Who puts strangers into From, and is not suspected.
    [[nodiscard]] const std::vector<WebForm>& forms() const;
    // Where one thing was forgotten for many; logins() does not have these one by one.
    [[nodiscard]] const std::vector<WholeRealm>& realms() const;
    [[nodiscard]] const std::vector<StoreGap>& gaps() const { return gaps_; }

  private:
    struct Cell {
        std::uint64_t count{};
        std::uint64_t before{};
        std::unordered_set<std::string> people{};
        std::array<std::uint64_t, cause_count> causes{};
        std::array<std::uint64_t, 4> troubles{};
        std::map<std::pair<std::optional<Cause>, std::string>, std::uint64_t> senders{};
    };
    using Table = std::unordered_map<std::string, Cell>;

    void count(Table& table, const std::string& name, const Decision& decision, bool now) const;
    [[nodiscard]] std::vector<ReportRow> top(const Table& table, std::size_t most,
                                             bool new_ones_only = false,
                                             const WholeRealms* told_of = nullptr) const;
    [[nodiscard]] ReportRow row_of(const std::string& name, const Cell& cell) const;

    [[nodiscard]] std::string sender_of(const Decision& decision) const;

    TimeSpan span_;
    TimePoint end_;
    std::string delimiters_;
    TimeSpan before_;
    ReportTotals totals_{};
    std::uint64_t refused_before_{};
    std::map<TimePoint, std::uint64_t> quarters_{};  // of an hour
    std::unordered_set<std::string> people_{};
    Table causes_{};
    Table logins_{};
    Table clients_{};
    Table senders_{};
    Table networks_{};
    AbuseWatch watch_{delimiters_};
    WebForms forms_{delimiters_};
    WholeRealms realms_{delimiters_};
    mutable std::optional<std::vector<Suspect>> suspects_{};
    mutable std::optional<std::vector<WebForm>> found_forms_{};
    mutable std::optional<std::vector<WholeRealm>> found_realms_{};
    std::vector<StoreGap> gaps_{};
    std::optional<TimePoint> begins_{};
};

// No sender looks like that: an address has an @, and what cannot be read is kept in brackets.
inline constexpr const char* various_senders = "(various)";

// "198.51.100.0/24", "2001:db8:1:2::/64": what an address belongs to, at a guess.
[[nodiscard]] std::string report_network(const std::string& client);

}  // namespace relaypermit
