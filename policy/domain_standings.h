// Whether a domain is one of ours where no list of [relay] says so and a [[domain_table]] may.
// Tables add to the lists and never take away. What is not known of a domain matters only where the
// verdict would be another one: then it is asked for, and where nobody can tell, the message is put
// off. Pure; any thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "policy/evaluate.h"
#include "policy/facts.h"
#include "policy/policy.h"
#include "policy/question.h"
#include "policy/reading.h"
#include "policy/verdict.h"

namespace relaypermit {

// A message at a stage of its decision. Borrows all of it.
struct MessageAt {
    const Policy& policy;
    const Facts& facts;
    const Reading& reading;
    Stage stage{};
};

struct OwnDomain {
    DomainRole role{};
    std::string domain{};

    friend bool operator==(const OwnDomain&, const OwnDomain&) = default;
};

// One that is in no list, of which no table says yes, and of which not all of them have said no.
struct DomainDoubt {
    OwnDomain own{};                    // if it is
    std::vector<Question> questions{};  // to the tables that have not been asked
    std::string silent{};  // the first table that was asked and gave no answer; empty: none
};

// Of the domains that the stage may turn on: the realm of the login, those of the senders and of
// the recipients.
struct DomainStandings {
    std::vector<OwnDomain> own{};  // as the tables say
    std::vector<DomainDoubt> doubts{};
};
[[nodiscard]] DomainStandings domain_standings(const MessageAt& message);

// The reading where these domains are ours besides those of the lists.
[[nodiscard]] Reading reading_with(const std::vector<OwnDomain>& own, Reading reading);
// As the answers in the facts have it, whatever is in doubt left aside: for a trace.
[[nodiscard]] Reading reading_by_tables(const Policy& policy, const Facts& facts, Reading reading);

// The verdict of `judge` with the reading as the tables have it. Where it would be another one if a
// domain in doubt were ours, the verdict asks, or is lookup-failed once there is nobody left to
// ask; where the message is refused in any case it is refused, in the words for a domain that is
// not ours.
[[nodiscard]] Verdict judge_by_standings(const MessageAt& message, Mode mode,
                                         const std::function<Verdict(const Reading&)>& judge);

}  // namespace relaypermit
