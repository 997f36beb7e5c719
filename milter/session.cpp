#include "milter/session.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "policy/add_new.h"
#include "policy/ascii.h"
#include "policy/evaluate.h"
#include "policy/field_lines.h"
#include "policy/from_field.h"

namespace relaypermit {

namespace {

// More of one name changes no verdict (a second is a fault already); a client must not make us
// keep a thousand. Likewise a value is as much too long at one byte over the limit.
constexpr std::ptrdiff_t max_fields_of_a_name = 8;
constexpr std::size_t max_value_kept = max_from_bytes + 1;
constexpr std::size_t max_name_kept = 100;
// Its record cuts it anyway, and says so.
constexpr std::size_t max_agent_kept = 1024;

// The front end lost track, or a peer that is no MTA plays with the socket.
Reply out_of_sequence() {
    return {{"450", "4.3.0"}, "The mail server asked in an unexpected order - please try again"};
}

// Takes back a recipient that was not accepted, whichever way the function is left.
class PendingRecipient {
  public:
    explicit PendingRecipient(std::vector<Recipient>& recipients) : recipients_(recipients) {}
    PendingRecipient(const PendingRecipient&) = delete;
    PendingRecipient& operator=(const PendingRecipient&) = delete;
    ~PendingRecipient() {
        if (!accepted_) recipients_.pop_back();
    }
    void accept() { accepted_ = true; }

  private:
    std::vector<Recipient>& recipients_;
    bool accepted_{};
};

// Without its folds (RFC 5322 2.2.3); any other line break stays, and is escaped where it is
// written.
std::string agent_in(std::string_view value) {
    std::string agent;
    value = value.substr(0, max_agent_kept);
    for (std::size_t at = 0; at < value.size(); ++at) {
        std::size_t next = at;
        if (value[next] == '\r') ++next;
        if (next < value.size() && value[next] == '\n') ++next;
        const bool folded = next > at && next < value.size() && value[next - 1] == '\n' &&
                            is_field_space(value[next]);
        if (folded)
            at = next - 1;
        else
            agent += value[at];
    }
    return std::string(trimmed(agent, " \t\r\n"));
}

template <typename T>
void add_all_new(std::vector<T>& list, const std::vector<T>& more) {
    for (const T& item : more) add_new(list, item);
}

}  // namespace

void Session::connect(ConnectEvent event) {
    message_.reset();
    helo_.clear();
    connection_ = std::move(event);
}

void Session::helo(std::string_view name) {
    message_.reset();
    helo_ = name;
}

std::optional<Reply> Session::mail(MailEvent event) {
    // Not every MTA says ABORT after a refused MAIL or a finished message.
    message_.reset();
    Passing message;
    message.snapshot = decider_.snapshot();
    message.queue_id = std::move(event.queue_id);

    Facts& facts = message.facts;
    const Connection& connection = connection_;
    static_cast<Connection&>(facts) = connection;
    // On Postfix only what the MTA makes itself has no brackets there, and the null sender is then
    // nothing at all. What Sendmail calls local has no network connection, whatever it writes.
    facts.local_submission =
        connection_.may_be_local &&
        (facts.mta == Mta::sendmail || event.argument.empty() || event.argument.front() != '<');
    facts.tls = std::move(event.tls);
    facts.helo = helo_;
    facts.auth_type = std::move(event.auth_type);
    facts.auth_authen = std::move(event.auth_authen);
    facts.sender_argument = event.argument.empty() ? "<>" : std::move(event.argument);
    facts.sender_by_mta = std::move(event.by_mta);
    facts.now = decider_.now();

    Ruling ruling = decider_.decide(message, Stage::mail);
    if (ruling.reply) return std::move(ruling.reply);
    if (headers_ == HeaderEvents::not_asked_for && message.snapshot->wants_headers)
        return decider_.refuse_unavailable(message, Stage::mail,
                                           "the policy began to check From during this connection");
    message_ = std::move(message);
    keep(ruling.verdict);
    return std::nullopt;
}

std::optional<Reply> Session::rcpt(RcptEvent event) {
    if (!message_) return out_of_sequence();
    if (!event.queue_id.empty()) message_->queue_id = std::move(event.queue_id);
    Facts& facts = message_->facts;
    facts.recipients.push_back({std::move(event.argument), std::move(event.mailer)});
    PendingRecipient pending(facts.recipients);

    if (event.taken == TakenByMta::relay_denied) decider_.refused_by_mta(*message_, event.told);
    if (event.taken == TakenByMta::refused) decider_.passed_on_by_mta(*message_, event.told);
    if (event.taken != TakenByMta::accepted) return std::nullopt;

    Ruling ruling = decider_.decide(*message_, Stage::rcpt);
    if (ruling.reply) return std::move(ruling.reply);
    keep(ruling.verdict);
    pending.accept();
    return std::nullopt;
}

void Session::header(std::string_view name, std::string_view value) {
    if (!message_) return;
    if (message_->snapshot->settings.log.agent) keep_agent(name, value);
    for (const std::string_view wanted : {"from", "sender", "resent-from"}) {
        if (!is_field(name, wanted)) continue;
        std::vector<HeaderField>& fields = message_->facts.headers;
        const auto kept =
            std::count_if(fields.begin(), fields.end(),
                          [&](const HeaderField& field) { return is_field(field.name, wanted); });
        if (kept < max_fields_of_a_name)
            fields.push_back({std::string(name), std::string(value.substr(0, max_value_kept))});
    }
    if (message_->stray_break || !(has_stray_break(name) || has_stray_break(value))) return;
    message_->stray_break = true;
    // Of a field of any name the break alone matters. A From has been looked at above, whole or cut
    // where it is unusable in any case; a Sender may be one that the policy does not read, and
    // under its name it would be a second one.
    if (is_field(name, "from")) return;
    const std::string_view kept = is_field(name, "sender") ? std::string_view() : name;
    message_->facts.headers.push_back({std::string(kept.substr(0, max_name_kept)), "\r"});
}

// The first User-Agent that says something, else the first such X-Mailer: programs write one of
// them, and what relays mail for them may add the other.
void Session::keep_agent(std::string_view name, std::string_view value) {
    if (message_->named_agent) return;
    const bool user_agent = is_field(name, "user-agent");
    if (!user_agent && (!message_->agent.empty() || !is_field(name, "x-mailer"))) return;
    std::string agent = agent_in(value);
    if (agent.empty()) return;
    message_->agent = std::move(agent);
    message_->named_agent = user_agent;
}

std::optional<Reply> Session::end_of_message(std::string_view queue_id) {
    if (!message_) return out_of_sequence();
    if (!queue_id.empty()) message_->queue_id = queue_id;
    Passing& message = *message_;
    Ruling ruling = decider_.decide(message, Stage::headers);
    if (!ruling.reply) {
        keep(ruling.verdict);
        Verdict verdict = std::move(ruling.verdict);
        verdict.outcome = Outcome::accept;
        verdict.cause.reset();
        verdict.rules = std::move(message.rules);
        verdict.also = std::move(message.also);
        decider_.accepted(message, verdict);
    }
    message_.reset();
    return std::move(ruling.reply);
}

void Session::keep(const Verdict& verdict) {
    if (verdict.cause) add_new(message_->also, *verdict.cause);
    add_all_new(message_->also, verdict.also);
    if (verdict.outcome == Outcome::accept) add_all_new(message_->rules, verdict.rules);
}

}  // namespace relaypermit
