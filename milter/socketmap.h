// The front end for Sendmail's socket map (sendmail/README, "socket maps"): says in check_rcpt why
// relaying was refused, before which no milter is asked. contrib/sendmail holds the rules that
// query it. An answer is a refusal or NOTFOUND, and the rules make nothing but refusals of what
// they get. One thread (RequestServer's).
#pragma once

#include <string>
#include <string_view>

#include "milter/decider.h"
#include "milter/request_server.h"

namespace relaypermit {

class Socketmap final : public Conversation {
  public:
    explicit Socketmap(Decider& decider) : decider_(decider) {}

    // Requests and answers are netstrings: "LENGTH:MAP KEY," and "LENGTH:OK TEXT,".
    [[nodiscard]] Turn take_turn(std::string& input, std::string& output) override;

    // The answer to a key  queue id!port!client!mechanism!sender!<recipient>  :
    // `OK 550 5.7.1 "text"` or `NOTFOUND `. The blank behind the word matters: a bare word ends
    // the Sendmail process (observed with Sendmail 8.17.1.9).
    [[nodiscard]] std::string answer(std::string_view key);

  private:
    Decider& decider_;
};

}  // namespace relaypermit
