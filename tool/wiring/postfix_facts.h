// All that the checks of a Postfix look at, collected once: its settings, the policy, the sockets
// and files that they name. collect_postfix_facts() reads files, asks postconf(1) and postmap(1)
// and connects to sockets; one thread. The questions below it are pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"
#include "tool/wiring/access_table.h"
#include "tool/wiring/clock_facts.h"
#include "tool/wiring/path_facts.h"
#include "tool/wiring/postfix_server.h"
#include "tool/wiring/postfix_settings.h"

namespace relaypermit {

// A list of domains or networks as main.cf has it, its tables and files read.
struct NamedItems {
    std::set<std::string> items{};          // in lower case
    std::vector<std::string> unlisted{};    // tables that were asked and do not list all they hold
    std::vector<std::string> unanswered{};  // what could not be read or asked
};

// What both MTAs' checks look at.
struct PolicyFacts {
    std::string file{};  // as -c names it
    Loaded loaded{};
    std::vector<PathFacts> files{};  // of the policy
    std::optional<PathFacts> store{};
    TimePoint now{};
    ClockFacts clock{};
};

struct PostfixFacts {
    PostfixSettings postfix{};
    PolicyFacts policy{};
    std::map<std::string, SocketFacts, std::less<>> sockets{};  // by address
    std::map<std::string, NamedItems, std::less<>> lists{};     // by parameter
    AccessSources access{};  // read where smtpd_sender_login_maps is set: what may ask it

    [[nodiscard]] const std::string& queue_directory() const {
        return postfix["queue_directory"].value;
    }
    [[nodiscard]] const ListenSettings& listen() const { return policy.loaded.settings.listen; }
    [[nodiscard]] const SocketFacts* socket(std::string_view address) const;
    [[nodiscard]] const NamedItems& list(std::string_view parameter) const;
};

[[nodiscard]] PolicyFacts collect_policy_facts(const std::string& policy, TimePoint now);
[[nodiscard]] PostfixFacts collect_postfix_facts(PostfixSettings postfix, PolicyFacts policy);

// The entries of master.cf that speak SMTP to clients: smtpd(8), behind postscreen(8) too.
[[nodiscard]] std::vector<const PostfixService*> smtpd_services(const PostfixSettings& postfix);
// 587 of "submission" and of "192.0.2.1:587"; 0: not known.
[[nodiscard]] std::uint16_t port_of(const PostfixService& service);
// Whether it listens on the loopback alone.
[[nodiscard]] bool is_internal(const PostfixService& service);
[[nodiscard]] bool offers_auth(const PostfixSettings& postfix, const PostfixService& service);
// Whether the policy takes what comes in by it for a submission.
[[nodiscard]] bool is_submission(const PostfixFacts& facts, const PostfixService& service);
// Whether its admin means it for one: by its port, or because nobody gets in without a login.
[[nodiscard]] bool is_meant_for_submission(const PostfixSettings& postfix,
                                           const PostfixService& service);

struct OurServer {
    PostfixServer server{};
    std::string address{};
};
// The entry of smtpd_milters, non_smtpd_milters, that is relaypermitd: by its address, by its name,
// or because relaypermitd answers there.
[[nodiscard]] std::optional<OurServer> our_milter(const PostfixFacts& facts,
                                                  std::string_view milters, bool chroot);
// The argument of check_policy_service in a list of restrictions, likewise.
[[nodiscard]] std::optional<OurServer> our_policy_service(const PostfixFacts& facts,
                                                          std::string_view restrictions,
                                                          bool chroot);

}  // namespace relaypermit
