#include "milter/milter_server.h"

#include <arpa/inet.h>
#include <libmilter/mfapi.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <string>

#include "config/probe.h"
#include "milter/macros.h"
#include "milter/packet_guard.h"
#include "milter/session.h"

namespace relaypermit {

namespace {

// libmilter hands its callbacks nothing of ours but the private pointer of a session.
struct Server {
    Decider* decider{};
    Metrics* metrics{};
    Log* log{};
    MilterOptions options{};
    std::atomic<std::size_t> sessions{0};
    std::atomic<std::size_t> messages{0};
    std::atomic<bool> said_full{false};
    std::atomic<bool> said_no_symlist{false};
    std::atomic<std::chrono::steady_clock::rep> said_unpaired{0};  // ticks; 0: never
};
Server server;

class SessionMacros final : public Macros {
  public:
    explicit SessionMacros(SMFICTX* context) : context_(context) {}
    [[nodiscard]] std::optional<std::string> get(const std::string& name) const override {
        std::string symbol = name;
        const char* value = smfi_getsymval(context_, symbol.data());
        if (value == nullptr) return std::nullopt;
        return value;
    }

  private:
    SMFICTX* context_;
};

// The private pointer of a session.
struct Peer {
    explicit Peer(HeaderEvents headers) : session(*server.decider, headers) { ++server.sessions; }
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;
    ~Peer() {
        --server.sessions;
        set_open(false);
    }

    // Counts the message in or out; see milter_messages_open().
    void set_open(bool now) {
        if (now == open) return;
        open = now;
        now ? ++server.messages : --server.messages;
    }

    Session session;
    Mta mta{Mta::postfix};
    // An event that has no reply went wrong: what hangs on it is put off.
    bool session_broken{};
    bool message_broken{};
    bool open{};
};

Peer* peer_of(SMFICTX* context) {
    return static_cast<Peer*>(smfi_getpriv(context));
}

void log_failure(const char* event, const char* what) noexcept {
    try {
        server.log->write(LogLevel::error, std::string("this session is put off: ") + what +
                                               " (while handling " + event + ")");
    } catch (...) {
        // Out of memory for a line of the log: the client's 4xx has to say it.
    }
}

// Sets the reply and returns the status that goes with its class. A text that libmilter does not
// take costs the text, never the refusal.
sfsistat refuse(SMFICTX* context, const Reply& reply) {
    std::string code = reply.code.code;
    std::string enhanced = reply.code.enhanced;
    std::string text = escape_percent(reply.text);
    if (smfi_setreply(context, code.data(), enhanced.data(), text.data()) != MI_SUCCESS)
        server.log->write(LogLevel::error, "libmilter does not take the reply `" +
                                               to_string(reply) +
                                               "`: the client gets a general one");
    return !code.empty() && code.front() == '4' ? SMFIS_TEMPFAIL : SMFIS_REJECT;
}

// Never throws into libmilter's C, and never lets a failure of ours pass for a permission.
template <typename Handler>
sfsistat guarded(const char* event, Handler handler) noexcept {
    try {
        return handler();
    } catch (const std::exception& error) {
        log_failure(event, error.what());
    } catch (...) {
        log_failure(event, "unknown exception");
    }
    return SMFIS_TEMPFAIL;
}

// Likewise, of a callback in which a stage is decided; how long it takes is counted.
template <typename Handler>
sfsistat guarded_stage(Stage stage, const char* event, Handler handler) noexcept {
    const auto since = std::chrono::steady_clock::now();
    const sfsistat status = guarded(event, handler);
    server.metrics->callback(stage).observe(std::chrono::steady_clock::now() - since);
    return status;
}

// For events that were negotiated to have no reply. `broken` is set where the handler fails.
template <typename Handler>
sfsistat guarded_silent(const char* event, bool& broken, Handler handler) noexcept {
    if (guarded(event, [&] {
            handler();
            return sfsistat{SMFIS_CONTINUE};
        }) != SMFIS_CONTINUE)
        broken = true;
    return SMFIS_NOREPLY;
}

PeerAddress peer_address(const char* name, const sockaddr* address) {
    PeerAddress peer;
    peer.name = name == nullptr ? "" : name;
    if (address == nullptr) return peer;
    peer.known = true;
    if (address->sa_family == AF_INET) {
        const auto* inet = reinterpret_cast<const sockaddr_in*>(address);
        std::array<std::uint8_t, 4> bytes{};
        const auto* raw = reinterpret_cast<const std::uint8_t*>(&inet->sin_addr);
        std::copy_n(raw, bytes.size(), bytes.begin());
        peer.ip = IpAddress::v4(bytes);
        peer.port = ntohs(inet->sin_port);
    } else if (address->sa_family == AF_INET6) {
        const auto* inet = reinterpret_cast<const sockaddr_in6*>(address);
        std::array<std::uint8_t, 16> bytes{};
        std::copy_n(inet->sin6_addr.s6_addr, bytes.size(), bytes.begin());
        peer.ip = IpAddress::v6(bytes);
        peer.port = ntohs(inet->sin6_port);
    }
    return peer;
}

// Once a minute at the most.
void complain_of_unpaired_macros(Log& log) {
    using Clock = std::chrono::steady_clock;
    const auto now = Clock::now().time_since_epoch().count();
    auto last = server.said_unpaired.load();
    if (last != 0 && now - last < Clock::duration(std::chrono::minutes(1)).count()) return;
    if (!server.said_unpaired.compare_exchange_strong(last, now)) return;
    log.write(LogLevel::warning,
              "a peer on the milter's socket that is no mail server sends macros without their "
              "values: hung up (said once a minute at the most). Let the mail server alone reach "
              "the socket");
}

// --- The callbacks -----------------------------------------------------------------------------

void ask_for_macros(SMFICTX* context) {
    constexpr std::array<std::pair<int, MacroStage>, 6> stages = {{
        {SMFIM_CONNECT, MacroStage::connect},
        {SMFIM_HELO, MacroStage::helo},
        {SMFIM_ENVFROM, MacroStage::mail},
        {SMFIM_ENVRCPT, MacroStage::rcpt},
        {SMFIM_DATA, MacroStage::data},
        {SMFIM_EOM, MacroStage::end_of_message},
    }};
    for (const auto& [where, stage] : stages) {
        std::string list = macro_list(stage);
        if (smfi_setsymlist(context, where, list.data()) != MI_SUCCESS) throw std::bad_alloc();
    }
}

sfsistat on_negotiate(SMFICTX* context, unsigned long actions, unsigned long offered,
                      unsigned long /*f2*/, unsigned long /*f3*/, unsigned long* wanted_actions,
                      unsigned long* wanted, unsigned long* /*wanted_f2*/,
                      unsigned long* /*wanted_f3*/) {
    return guarded("negotiation", [&]() -> sfsistat {
        // Its own watchdog, which only asks whether anybody answers: no session begins.
        if (actions == actions_of_itself) {
            *wanted_actions = *wanted = 0;
            return SMFIS_CONTINUE;
        }
        if (server.sessions >= server.options.max_sessions) {
            if (!server.said_full.exchange(true))
                server.log->write(LogLevel::error,
                                  std::to_string(server.options.max_sessions) +
                                      " sessions are open, as many as the limit of open files "
                                      "allows: new ones are put off (LimitNOFILE= in the unit)");
            return SMFIS_REJECT;
        }
        server.said_full = false;

        const auto snapshot = server.decider->snapshot();
        const bool headers = snapshot->wants_headers || snapshot->settings.log.agent;
        auto peer =
            std::make_unique<Peer>(headers ? HeaderEvents::reported : HeaderEvents::not_asked_for);
        // Nothing is ever changed in a message, so no action is asked for.
        *wanted_actions = actions & SMFIF_SETSYMLIST;
        if ((actions & SMFIF_SETSYMLIST) != 0)
            ask_for_macros(context);
        else if (!server.said_no_symlist.exchange(true))
            server.log->write(LogLevel::warning,
                              "the mail server takes no list of macros (SMFIF_SETSYMLIST): it must "
                              "be configured to send them");

        // Left out is what decides nothing. connect and helo stay, as facts, and need no reply:
        // no MTA shows the client a refusal there.
        unsigned long left_out = SMFIP_NOBODY | SMFIP_NOEOH | SMFIP_NOUNKNOWN;
        if (!server.options.over_tcp) left_out |= SMFIP_NODATA;
        if (!headers) left_out |= SMFIP_NOHDRS;
        // Recipients that the MTA refuses, to say why. Header values with the blanks behind the
        // colon, because the length of a line counts.
        const unsigned long extra = SMFIP_RCPT_REJ | SMFIP_HDR_LEADSPC;
        // libmilter plays "no reply" for MTAs that do not know it.
        const unsigned long silent = SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_HDR;
        *wanted = ((left_out | extra) & offered) | silent;
        smfi_setpriv(context, peer.release());
        return SMFIS_CONTINUE;
    });
}

sfsistat on_connect(SMFICTX* context, char* name, sockaddr* address) {
    Peer* peer = peer_of(context);
    if (peer == nullptr) return SMFIS_TEMPFAIL;
    return guarded_silent("connect", peer->session_broken, [&] {
        ConnectEvent event = connect_event(SessionMacros(context), peer_address(name, address));
        peer->mta = event.mta;
        peer->session.connect(std::move(event));
    });
}

sfsistat on_helo(SMFICTX* context, char* name) {
    Peer* peer = peer_of(context);
    if (peer == nullptr) return SMFIS_TEMPFAIL;
    return guarded_silent("helo", peer->session_broken, [&] {
        peer->session.helo(name == nullptr ? "" : name);
        peer->set_open(false);
    });
}

sfsistat on_mail(SMFICTX* context, char** arguments) {
    return guarded_stage(Stage::mail, "mail", [&]() -> sfsistat {
        Peer* peer = peer_of(context);
        // No negotiation and no connect before: a peer that is no MTA.
        if (peer == nullptr || peer->session_broken || arguments == nullptr ||
            arguments[0] == nullptr)
            return SMFIS_TEMPFAIL;
        peer->message_broken = false;
        peer->set_open(false);
        const auto reply =
            peer->session.mail(mail_event(SessionMacros(context), peer->mta, arguments[0]));
        peer->set_open(peer->session.in_message());
        return reply ? refuse(context, *reply) : sfsistat{SMFIS_CONTINUE};
    });
}

sfsistat on_rcpt(SMFICTX* context, char** arguments) {
    return guarded_stage(Stage::rcpt, "rcpt", [&]() -> sfsistat {
        Peer* peer = peer_of(context);
        if (peer == nullptr || arguments == nullptr || arguments[0] == nullptr)
            return SMFIS_TEMPFAIL;
        const auto reply = peer->session.rcpt(rcpt_event(SessionMacros(context), arguments[0]));
        return reply ? refuse(context, *reply) : sfsistat{SMFIS_CONTINUE};
    });
}

sfsistat on_data(SMFICTX* /*context*/) {
    return SMFIS_CONTINUE;
}

sfsistat on_header(SMFICTX* context, char* name, char* value) {
    Peer* peer = peer_of(context);
    if (peer == nullptr) return SMFIS_TEMPFAIL;
    return guarded_silent("header", peer->message_broken, [&] {
        if (name != nullptr && value != nullptr) peer->session.header(name, value);
    });
}

sfsistat on_end_of_message(SMFICTX* context) {
    return guarded_stage(Stage::headers, "end of message", [&]() -> sfsistat {
        Peer* peer = peer_of(context);
        if (peer == nullptr) return SMFIS_TEMPFAIL;
        if (peer->message_broken) {
            peer->session.abort();
            peer->set_open(false);
            return SMFIS_TEMPFAIL;
        }
        const auto reply = peer->session.end_of_message(queue_id(SessionMacros(context)));
        peer->set_open(false);
        return reply ? refuse(context, *reply) : sfsistat{SMFIS_CONTINUE};
    });
}

sfsistat on_abort(SMFICTX* context) {
    if (Peer* peer = peer_of(context)) {
        peer->session.abort();
        peer->set_open(false);
    }
    return SMFIS_CONTINUE;
}

sfsistat on_close(SMFICTX* context) {
    end_of_packets();
    delete peer_of(context);  // NOLINT: libmilter owns the pointer between callbacks
    smfi_setpriv(context, nullptr);
    return SMFIS_CONTINUE;
}

}  // namespace

bool run_milter(const Listener& listener, const MilterOptions& options, Decider& decider,
                Metrics& metrics, Log& log) {
    server.decider = &decider;
    server.metrics = &metrics;
    server.log = &log;
    server.options = options;

    std::string name = "relaypermitd";
    smfiDesc description{};
    description.xxfi_name = name.data();
    description.xxfi_version = SMFI_VERSION;
    description.xxfi_flags = 0;
    description.xxfi_connect = on_connect;
    description.xxfi_helo = on_helo;
    description.xxfi_envfrom = on_mail;
    description.xxfi_envrcpt = on_rcpt;
    description.xxfi_header = on_header;
    description.xxfi_eom = on_end_of_message;
    description.xxfi_abort = on_abort;
    description.xxfi_close = on_close;
    description.xxfi_data = on_data;
    description.xxfi_negotiate = on_negotiate;

    on_unpaired_macros([&log] { complain_of_unpaired_macros(log); });
    std::string socket = "fd:" + std::to_string(listener.fd());
    if (smfi_register(description) != MI_SUCCESS || smfi_setconn(socket.data()) != MI_SUCCESS ||
        smfi_opensocket(false) != MI_SUCCESS)
        return false;
    // The answer is of no use: it is a failure, or a success at the wrong time.
    (void)smfi_main();
    return true;
}

std::size_t milter_messages_open() {
    return server.messages;
}

std::size_t milter_sessions_open() {
    return server.sessions;
}

std::string libmilter_version() {
    unsigned major = 0;
    unsigned minor = 0;
    unsigned patch = 0;
    smfi_version(&major, &minor, &patch);
    return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

}  // namespace relaypermit
