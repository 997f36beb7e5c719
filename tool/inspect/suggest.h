// The least that would have let through what was refused for want of a right: [[alias]] entries,
// and the domains that the settings forgot. Whoever sends like a stolen account (abuse.h), and who
// writes a web site's visitors into From (web_form.h), is left out and named. Pure; one thread.
//
// "Least": one line where one thing was forgotten, be it a domain, a realm or the printers of a
// network; else exact addresses, and a pattern only where one login uses several addresses of a
// hosted domain in which nobody has an account, or what a list or a forwarder writes; logins that
// need the same share an entry. What is permitted beyond what was refused is said.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "policy/policy.h"
#include "tool/inspect/abuse.h"
#include "tool/inspect/decision.h"
#include "tool/inspect/rejudge.h"
#include "tool/inspect/suggest_devices.h"
#include "tool/inspect/suggest_entries.h"
#include "tool/inspect/web_form.h"
#include "tool/rehearse/forgotten_domain.h"
#include "tool/rehearse/hosted_domains.h"

namespace relaypermit {

struct Suggestion {
    Grant grant{};             // with an id that the policy does not have yet
    std::uint64_t refusals{};  // that it would have prevented, alone or with others
    std::map<std::string, std::uint64_t> people{};  // of these, by login, or client of devices
    TimePoint first{};
    TimePoint last{};
    // What it permits beyond what was refused: "every other address at shop.example.com". Empty:
    // nothing.
    std::vector<std::string> also_permits{};
    // What to think of before pasting it: "bob@example.com is somebody's login".
    std::vector<std::string> doubts{};
};

// A domain that the settings lack; its grant is empty.
struct ForgottenSetting : Suggestion {
    ForgottenDomain forgotten{};
};

struct LeftOut {
    std::string login{};  // or the client
    std::string what{};   // the address, as recorded
    std::string why{};
    std::uint64_t refusals{};
};

struct Suggestions {
    std::vector<ForgottenSetting> settings{};  // the most refusals first, as the entries
    std::vector<Suggestion> entries{};
    std::vector<Suspect> suspects{};
    std::vector<WebForm> forms{};
    std::vector<LeftOut> left_out{};
    std::uint64_t refusals{};          // for want of a right, by who is not suspected
    std::uint64_t prevented{};         // of these, with all settings and entries
    std::uint64_t permitted_by_now{};  // of these, the policy as it is permits already
};

class Suggester {
  public:
    // `policy` must outlive it. `now` is when the entries would take effect.
    Suggester(const Policy& policy, TimePoint now, Ask ask = {});

    // All decisions, accepted ones too: they tell who has an account.
    void add(const Decision& decision);
    // Who has an account, where accepted decisions are not all added.
    void add_account(std::string_view login);
    // One from before the time that is asked about (AbuseWatch::lookback): for suspicion alone.
    void watch(const Decision& decision) { watch_.add(decision); }
    [[nodiscard]] Suggestions finish() const;

  private:
    // Refusals that differ in nothing that a grant depends on.
    struct Refused {
        Record record{};
        std::uint64_t count{};
        TimePoint first{};
        TimePoint last{};
    };

    // What the refusals lack, before it is made into lines.
    struct Lacking {
        NeedsOfLogins logins{};
        NeedsOfDevices devices{};
        std::vector<const Refused*> basis{};
        std::map<std::pair<std::string, std::string>, std::uint64_t> asked{};  // by whom, for what
        // By login, the alias tables that do not have what it lacks.
        std::map<std::string, std::set<std::string>> tables{};
    };
    [[nodiscard]] Lacking lacking(Suggestions& result) const;
    // Adds one refusal's, or why it has none; returns false where that leaves it out.
    [[nodiscard]] bool add_needs(const Refused& refused, Lacking& all, Suggestions& result) const;
    [[nodiscard]] bool add_device(const Refused& refused, Lacking& all, Suggestions& result) const;
    // Names networks of which several clients were refused the like: never granted, only asked.
    void ask_of_outside(Suggestions& result) const;
    [[nodiscard]] std::vector<ForgottenSetting> forgotten_settings(NeedsOfLogins& needs) const;
    // Fills in what the lines, in their order, would have prevented; adds to left_out what is
    // refused all the same.
    void announce(const std::vector<const Refused*>& basis, Suggestions& result) const;

    const Policy& policy_;
    TimePoint now_;
    Ask ask_;
    std::shared_ptr<HostedDomains> hosted_;  // which forms_ asks too
    bool clients_matter_;  // to a login: it is granted or forbidden something by network
    std::map<std::string, Refused> refused_{};
    // Refused on port 25 by the mail server itself, of public networks: strangers, most likely.
    struct Outside {
        std::set<std::string> clients{};
        std::set<std::string> senders{};
        std::uint64_t refusals{};
    };
    std::map<std::string, Outside> outside_{};  // by network
    std::set<std::string> logins_{};            // in lower case
    AbuseWatch watch_;
    WebForms forms_;
};

// The policy with the settings that were forgotten.
[[nodiscard]] PolicySource with_settings(PolicySource source,
                                         const std::vector<ForgottenSetting>& settings);

}  // namespace relaypermit
