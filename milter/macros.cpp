#include "milter/macros.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>

#include "policy/cause.h"

namespace relaypermit {

namespace {

std::string value_of(const Macros& macros, const char* name) {
    return macros.get(name).value_or("");
}

std::uint16_t port_of(const std::string& text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc{} && end == text.data() + text.size() ? port : std::uint16_t{0};
}

// Postfix names itself in macro v ($mail_name $mail_version, both configurable); Sendmail's v is
// its bare version. Only Sendmail has {opMode}, d for its daemon and s for sendmail -bs. (Macro p,
// its process id, never reaches a milter: observed with 8.17.) Both must point to Sendmail before a
// login is decoded as Sendmail encodes it: in doubt it is compared as it stands.
Mta mta_of(const Macros& macros) {
    const std::string version = value_of(macros, "v");
    const bool numbered = !version.empty() && version.front() >= '0' && version.front() <= '9';
    return numbered && macros.get("{opMode}") ? Mta::sendmail : Mta::postfix;
}

// Sendmail's {daemon_addr} is what it was told to listen on, often 0.0.0.0; {if_addr} is the
// address of this connection. Postfix has no {if_addr}, and its {daemon_addr} is the real one.
std::optional<IpAddress> server_address_of(const Macros& macros) {
    if (const auto address = IpAddress::parse(value_of(macros, "{if_addr}"))) return address;
    auto address = IpAddress::parse(value_of(macros, "{daemon_addr}"));
    if (address && *address == address->masked(0)) address.reset();
    return address;
}

// "5.7.1" and nothing else.
bool is_enhanced_code(const std::string& text) {
    return text.size() >= 5 && (text[0] == '4' || text[0] == '5') && text[1] == '.' &&
           text.find_first_not_of("0123456789.") == std::string::npos &&
           std::count(text.begin(), text.end(), '.') == 2;
}

// Whether it is an address, in which only a quoted local part can hold a blank.
bool is_address(std::string_view text) {
    if (!text.starts_with('"')) return text.find(' ') == std::string_view::npos;
    std::size_t end = 1;
    while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
    return end < text.size() && text.find(' ', end) == std::string_view::npos;
}

// smtpd_check.c, Postfix 2.3 to 3.10.
constexpr std::string_view relay_denial = "Relay access denied";

// Postfix says `<address>: text` to the client and gives milters what stands behind the first
// blank, so that of an address with blanks all but the first word is left ahead of the text.
bool denies_relaying(std::string_view text) {
    if (!text.ends_with(relay_denial)) return false;
    text.remove_suffix(relay_denial.size());
    return text.empty() || text.ends_with(">: ");
}

}  // namespace

const char* macro_list(MacroStage stage) {
    switch (stage) {
        case MacroStage::connect:
            return "j v {opMode} {daemon_name} {daemon_addr} {daemon_port} {if_addr}";
        case MacroStage::helo:
            return "j";
        case MacroStage::mail:
            return "{mail_addr} f {auth_type} {auth_authen} {tls_version} i";
        case MacroStage::rcpt:
            return "{rcpt_addr} {rcpt_host} {rcpt_mailer} i";
        case MacroStage::data:
        case MacroStage::end_of_message:
            return "i";
    }
    return "j";
}

ConnectEvent connect_event(const Macros& macros, const PeerAddress& peer) {
    ConnectEvent event;
    event.client = peer.ip;
    event.mta = mta_of(macros);
    event.mta_host = value_of(macros, "j");
    event.daemon_name = value_of(macros, "{daemon_name}");
    event.port = port_of(value_of(macros, "{daemon_port}"));
    event.server_address = server_address_of(macros);
    if (event.mta == Mta::sendmail) {
        // sendmail -bs: standard input is no network connection.
        event.may_be_local = !peer.known;
    } else {
        // cleanup(8) plays mail of the sendmail(1) command to milters as if from here; a real
        // client has a port.
        static const auto loopback = IpAddress::parse("127.0.0.1");
        event.may_be_local = peer.name == "localhost" && peer.port == 0 && peer.ip == loopback;
    }
    return event;
}

MailEvent mail_event(const Macros& macros, Mta mta, std::string_view argument) {
    MailEvent event;
    event.argument = argument;
    // Sendmail's {mail_addr} is the bare user of a local sender; f is the whole address.
    event.by_mta = macros.get(mta == Mta::sendmail ? "f" : "{mail_addr}");
    event.auth_type = value_of(macros, "{auth_type}");
    event.auth_authen = value_of(macros, "{auth_authen}");
    event.tls = value_of(macros, "{tls_version}");
    event.queue_id = queue_id(macros);
    return event;
}

RcptEvent rcpt_event(const Macros& macros, std::string_view argument) {
    RcptEvent event;
    event.argument = argument;
    event.mailer = value_of(macros, "{rcpt_mailer}");
    event.queue_id = queue_id(macros);
    if (event.mailer != "error") return event;

    // Of a recipient that the MTA refused, {rcpt_host} is the enhanced code alone and {rcpt_addr}
    // the text that the client gets. Postfix says `error` of accepted virtual aliases too, but
    // then with a text behind the code ("5.1.1 User unknown in virtual alias table") and with the
    // address.
    const std::string code = value_of(macros, "{rcpt_host}");
    const std::string text = value_of(macros, "{rcpt_addr}");
    if (!is_enhanced_code(code) || is_address(text)) return event;
    event.taken = TakenByMta::refused;
    event.told = code + " " + text;
    // soft_bounce makes it 4.7.1. Without the address, which is the client's own words.
    if (code.substr(1) == ".7.1" && denies_relaying(text)) {
        event.taken = TakenByMta::relay_denied;
        event.told = code + " " + std::string(relay_denial);
    }
    return event;
}

std::string queue_id(const Macros& macros) {
    return value_of(macros, "i");
}

}  // namespace relaypermit
