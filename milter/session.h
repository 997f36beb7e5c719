// One SMTP session as a front end sees it: collects Facts from its events, has the Decider decide
// at MAIL, at each RCPT and at the end of the message, and keeps what belongs to the session apart
// from what belongs to the message. Knows nothing of milters: a front end turns whatever its MTA
// says into these events.
//
// Used by one thread at a time (libmilter moves a session between threads); never blocks but in
// the Decider's alias tables. A refusal comes back as the reply to give; nothing is ever granted.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "milter/decider.h"

namespace relaypermit {

// What is known when a client connects.
struct ConnectEvent : Connection {
    // The MTA itself may be handing over mail of the sendmail(1) command; whether it does shows at
    // MAIL.
    bool may_be_local{};
};

// What is known at MAIL. Login and TLS stand here and not at the connection: both change within
// a session, and an MTA drops the login at STARTTLS (Postfix) or keeps it (Sendmail).
struct MailEvent {
    std::string argument{};               // as on the wire
    std::optional<std::string> by_mta{};  // the MTA's own reading of it
    std::string auth_type{};
    std::string auth_authen{};
    std::string tls{};
    std::string queue_id{};
};

// How the MTA took a recipient before it asked.
enum class TakenByMta : std::uint8_t {
    accepted,
    relay_denied,  // it refused to relay
    refused,       // any other refusal: unknown user, blocklist
};

struct RcptEvent {
    std::string argument{};
    std::string mailer{};
    TakenByMta taken{TakenByMta::accepted};
    std::string told{};  // refused: what the client was told, as far as it is known
    std::string queue_id{};
};

// Whether a front end reports header fields.
enum class HeaderEvents : std::uint8_t {
    reported,
    // It could, and did not ask the MTA for them, because the policy of that time read none. A
    // message under a later policy that does read them is put off (4xx): the next connection asks.
    // For [log] agent alone nothing is put off.
    not_asked_for,
    never,  // another front end judges them
};

class Session {
  public:
    Session(Decider& decider, HeaderEvents headers) : decider_(decider), headers_(headers) {}

    void connect(ConnectEvent event);
    // Also behind STARTTLS, and again at any time (RFC 5321 4.1.4).
    void helo(std::string_view name);

    // These return the refusal to give, or nullopt to go on. A message without an accepted MAIL is
    // a fault of the front end or a forged peer, and gets a temporary refusal.
    [[nodiscard]] std::optional<Reply> mail(MailEvent event);
    [[nodiscard]] std::optional<Reply> rcpt(RcptEvent event);
    void header(std::string_view name, std::string_view value);
    [[nodiscard]] std::optional<Reply> end_of_message(std::string_view queue_id);

    // RSET, a lost connection, a message given up: the message is forgotten, the session stays.
    void abort() { message_.reset(); }

    // Between an accepted MAIL and the end of its message.
    [[nodiscard]] bool in_message() const { return message_.has_value(); }

  private:
    struct Passing : Message {
        std::vector<Cause> also{};         // monitored so far
        std::vector<std::string> rules{};  // used so far
        bool named_agent{};                // `agent` is a User-Agent, which ends the search
        bool stray_break{};                // a field with one is kept, for whatever it is called
    };

    void keep(const Verdict& verdict);
    void keep_agent(std::string_view name, std::string_view value);

    Decider& decider_;
    const HeaderEvents headers_;
    ConnectEvent connection_{};
    std::string helo_{};
    std::optional<Passing> message_{};
};

}  // namespace relaypermit
