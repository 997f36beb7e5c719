// Random policies, and sessions that hit them often: small alphabets of domains, logins and
// networks, every kind of pattern, and senders made from the patterns themselves. The same seed
// gives the same run.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "policy/facts.h"
#include "policy/policy_source.h"

namespace relaypermit {

// The present of every random session.
inline constexpr TimePoint random_now{std::chrono::seconds{1'800'000'000}};

class RandomWorld {
  public:
    explicit RandomWorld(std::uint32_t seed)
        : engine_(seed),
          spelling_engine_(seed),
          group_engine_(seed),
          time_engine_(seed),
          hosted_engine_(seed),
          except_engine_(seed),
          table_engine_(seed) {}

    [[nodiscard]] PolicySource policy();
    // Facts of a session in which every table of the policy has answered or failed.
    [[nodiscard]] Facts facts(const PolicySource& policy);
    // Random bytes in every string.
    [[nodiscard]] Facts junk_facts(const PolicySource& policy);
    // One more grant, for a session like `facts`: it covers its login or client.
    [[nodiscard]] Grant grant_for(const PolicySource& policy, const Facts& facts);
    [[nodiscard]] Restriction restriction(const PolicySource& policy);

    [[nodiscard]] std::size_t below(std::size_t bound) { return engine_() % bound; }
    [[nodiscard]] bool chance(unsigned percent) { return below(100) < percent; }
    template <typename T>
    void shuffle(std::vector<T>& values) {
        for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[below(i)]);
    }

  private:
    template <typename T>
    [[nodiscard]] const T& pick(const std::vector<T>& values) {
        return values[below(values.size())];
    }
    template <typename List>
    [[nodiscard]] const typename List::value_type& pick_of(const List& values) {
        return values[below(values.size())];
    }
    // The local part as RFC 5321 writes it.
    [[nodiscard]] static std::string quoted_local(const std::string& local);
    [[nodiscard]] std::string mechanism();
    [[nodiscard]] std::string user();
    [[nodiscard]] std::string domain();
    [[nodiscard]] std::string junk();
    [[nodiscard]] std::string case_mixed(std::string text);
    [[nodiscard]] std::optional<IpAddress> client();
    [[nodiscard]] std::vector<LoginPattern> logins(const PolicySource& policy);
    // The same in the same order, some of them as members of a group.
    [[nodiscard]] LoginPatterns subject(const PolicySource& policy);
    [[nodiscard]] std::vector<PlacedPattern> senders(const PolicySource& policy,
                                                     const LoginPatterns& logins);
    [[nodiscard]] bool except_chance(unsigned percent) { return except_engine_() % 100 < percent; }
    // A few patterns such as a rule of this policy excepts.
    [[nodiscard]] std::vector<PlacedPattern> excepted(const PolicySource& policy, PatternRole role,
                                                      bool templates = false);
    void add_exceptions(const PolicySource& policy, Grant& grant);
    void add_exceptions(PolicySource& policy);
    [[nodiscard]] std::string sender_pattern(const std::vector<std::string>& names);
    [[nodiscard]] std::vector<PlacedNetwork> placed_networks();
    [[nodiscard]] std::vector<Network> networks();
    [[nodiscard]] Grant grant(const PolicySource& policy, bool by_login);
    [[nodiscard]] TableSource table(const std::string& id);

    // An address that the pattern may well match, as (local part, domain); both empty: null.
    struct Name {
        std::string local{};
        std::string domain{};
    };
    [[nodiscard]] Name from_pattern(const Pattern& pattern, const std::string& login);
    [[nodiscard]] Name address(const PolicySource& policy, const std::string& login);
    [[nodiscard]] std::string written(const Name& name);
    [[nodiscard]] bool spelling_chance(unsigned percent) {
        return spelling_engine_() % 100 < percent;
    }
    [[nodiscard]] bool time_chance(unsigned percent) { return time_engine_() % 100 < percent; }
    [[nodiscard]] TimePoint about_now();
    // In one of the policy's forms, or as it is.
    [[nodiscard]] std::string spelled(const PolicySource& policy, const std::string& login);
    // As a directory may take it for the login itself: in full width, with accents, more blanks.
    [[nodiscard]] std::string disguised(std::string login);
    std::string set_login(const PolicySource& policy, Facts& facts);
    void set_sender(const PolicySource& policy, Facts& facts, const std::string& login);
    [[nodiscard]] std::string around_the_line_limit(const std::string& value);
    void set_headers(const PolicySource& policy, Facts& facts, const std::string& login);
    void set_recipients(const PolicySource& policy, Facts& facts);
    TableAnswer table_answer(const PolicySource& policy, const TableSource& table,
                             const Address& about);
    void set_table_answers(const PolicySource& policy, Facts& facts);

    std::mt19937 engine_;
    // Of the forms of logins and who uses them, so that all else is drawn as it would be without.
    std::mt19937 spelling_engine_;
    std::mt19937 group_engine_;   // likewise
    std::mt19937 time_engine_;    // likewise
    std::mt19937 hosted_engine_;  // likewise: `hosted` behind an @, and root@*.domain
    std::mt19937 except_engine_;  // likewise: exceptions, `visible`, `alignment`
    std::mt19937 table_engine_;   // likewise: what tables grant at most, and by what they are asked
    unsigned next_id_{};
    const Grant* aim_{};  // the grant that the session under construction is made for
};

}  // namespace relaypermit
