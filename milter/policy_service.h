// The front end for Postfix's policy delegation protocol (SMTPD_POLICY_README): says on port 25
// why relaying was refused, where a milter's text never reaches the client because Postfix
// refuses first. It answers only refusals and DUNNO, never OK or permit, so that no fault of
// ours can grant anything. One thread (RequestServer's).
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "milter/decider.h"
#include "milter/request_server.h"

namespace relaypermit {

// The attributes of one request, as Postfix sends them; a repeated name keeps its last value.
using PolicyAttributes = std::map<std::string, std::string, std::less<>>;

class PolicyService final : public Conversation {
  public:
    explicit PolicyService(Decider& decider) : decider_(decider) {}

    // Requests are lines name=value, ended by an empty line.
    [[nodiscard]] Turn take_turn(std::string& input, std::string& output) override;

    // What follows "action=": a refusal, or DUNNO. Only RCPT is judged; a client that has logged
    // in is the milter's business alone.
    [[nodiscard]] std::string answer(const PolicyAttributes& attributes);

  private:
    Decider& decider_;
};

}  // namespace relaypermit
