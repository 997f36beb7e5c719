#include "tool/guide/srv_lookup.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "policy/ascii.h"

namespace relaypermit {
namespace {

constexpr int seconds_a_try = 2;
constexpr int tries = 2;

}  // namespace

std::optional<NameServer> parse_name_server(std::string_view text) {
    NameServer server{.port = NS_DEFAULTPORT};
    const std::size_t colon = text.find(':');
    const std::string address(text.substr(0, colon));
    if (::inet_pton(AF_INET, address.c_str(), server.address.data()) != 1) return std::nullopt;
    if (colon == std::string_view::npos) return server;
    const std::string_view port = text.substr(colon + 1);
    const char* const end = port.data() + port.size();
    const auto [stop, fault] = std::from_chars(port.data(), end, server.port);
    if (fault != std::errc{} || stop != end || server.port == 0) return std::nullopt;
    return server;
}

std::vector<SrvTarget> read_srv_answer(std::span<const unsigned char> answer) {
    std::vector<SrvTarget> targets;
    ns_msg message{};
    if (ns_initparse(answer.data(), static_cast<int>(answer.size()), &message) != 0) return targets;
    for (int i = 0; i < ns_msg_count(message, ns_s_an); ++i) {
        ns_rr record{};
        // Priority, weight and port stand before the target (RFC 2782).
        constexpr std::size_t before_target = 6;
        if (ns_parserr(&message, ns_s_an, i, &record) != 0 || ns_rr_type(record) != ns_t_srv ||
            ns_rr_rdlen(record) <= before_target)
            continue;
        const unsigned char* data = ns_rr_rdata(record);
        std::array<char, NS_MAXDNAME> host{};
        if (::dn_expand(ns_msg_base(message), ns_msg_end(message), data + before_target,
                        host.data(), static_cast<int>(host.size())) < 0)
            continue;
        targets.push_back(
            {ascii_lower(host.data()), static_cast<std::uint16_t>((data[4] << 8U) | data[5])});
    }
    return targets;
}

std::optional<std::vector<SrvTarget>> srv_targets(const std::string& name,
                                                  const std::optional<NameServer>& server) {
    struct __res_state state {};
    if (::res_ninit(&state) != 0) return std::nullopt;
    state.retrans = seconds_a_try;
    state.retry = tries;
    if (server) {
        state.nscount = 1;
        state.nsaddr_list[0] = {};
        state.nsaddr_list[0].sin_family = AF_INET;
        state.nsaddr_list[0].sin_port = htons(server->port);
        std::memcpy(&state.nsaddr_list[0].sin_addr, server->address.data(), server->address.size());
    }
    std::array<unsigned char, 4096> answer{};
    const int size = ::res_nquery(&state, name.c_str(), ns_c_in, ns_t_srv, answer.data(),
                                  static_cast<int>(answer.size()));
    const bool is_told_none = state.res_h_errno == HOST_NOT_FOUND || state.res_h_errno == NO_DATA;
    ::res_nclose(&state);
    if (size <= 0) return is_told_none ? std::optional(std::vector<SrvTarget>()) : std::nullopt;
    return read_srv_answer(
        std::span(answer).first(std::min(static_cast<std::size_t>(size), answer.size())));
}

}  // namespace relaypermit
