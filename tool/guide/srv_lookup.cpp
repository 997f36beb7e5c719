#include "tool/guide/srv_lookup.h"

#include <arpa/nameser.h>
#include <netinet/in.h>
#include <resolv.h>

#include <algorithm>
#include <array>

#include "policy/ascii.h"

namespace relaypermit {
namespace {

constexpr int seconds_a_try = 2;
constexpr int tries = 2;

}  // namespace

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

std::vector<SrvTarget> srv_targets(const std::string& name) {
    struct __res_state state {};
    if (::res_ninit(&state) != 0) return {};
    state.retrans = seconds_a_try;
    state.retry = tries;
    std::array<unsigned char, 4096> answer{};
    const int size = ::res_nquery(&state, name.c_str(), ns_c_in, ns_t_srv, answer.data(),
                                  static_cast<int>(answer.size()));
    ::res_nclose(&state);
    if (size <= 0) return {};
    return read_srv_answer(
        std::span(answer).first(std::min(static_cast<std::size_t>(size), answer.size())));
}

}  // namespace relaypermit
