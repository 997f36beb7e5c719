// The servers that Postfix' settings name, each perhaps with options of its own: entries of
// smtpd_milters, and what check_policy_service asks. Pure; any thread.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relaypermit {

// `unix:relaypermit/milter.sock`, or `{ unix:relaypermit/milter.sock, connect_timeout=10s }`.
struct PostfixServer {
    std::string written{};   // all of it
    std::string endpoint{};  // "unix:relaypermit/milter.sock", "inet:localhost:8891"
    std::map<std::string, std::string, std::less<>> options{};

    // That of the option, else `otherwise`.
    [[nodiscard]] std::string option(std::string_view name, std::string_view otherwise) const;
};

[[nodiscard]] PostfixServer read_postfix_server(std::string_view item);
[[nodiscard]] std::vector<PostfixServer> read_postfix_servers(std::string_view list);

// In the policy's syntax: "unix:/var/spool/postfix/relaypermit/milter.sock",
// "inet:8891@localhost". A relative path is below the queue directory, and so is an absolute one
// for a service in its chroot. Empty where it is no endpoint.
[[nodiscard]] std::string address_of(const PostfixServer& server, std::string_view queue_directory,
                                     bool chroot);
// The other way round: how Postfix, chrooted or not, reaches this address; where it cannot, as it
// would outside of a chroot.
[[nodiscard]] std::string endpoint_of(std::string_view address, std::string_view queue_directory);
// unix: as "unix:/path", inet with one name for this machine itself, so that two that are one
// compare equal. "fd:3" and what cannot be read: empty.
[[nodiscard]] std::string comparable_address(std::string_view address);

// "30s", "2m", "1h", a bare number in `unit_s`; nullopt for anything else.
[[nodiscard]] std::optional<std::chrono::seconds> postfix_duration(std::string_view text,
                                                                   int unit_s = 1);

}  // namespace relaypermit
