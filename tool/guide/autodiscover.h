// Autodiscover (MS-OXDISCO, MS-OXDSCLI), by which Outlook up to 2019, FairEmail and Delta Chat ask
// for servers: a POST whose answer echoes the user name, so that no static file can be it. It is
// answered as a CGI program does (RFC 3875), from a policy that a web server may read. Pure but for
// the stream; any thread.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "policy/facts.h"
#include "tool/guide/client_config.h"

namespace relaypermit {

inline constexpr std::string_view autodiscover_script_name = "autodiscover.cgi";
inline constexpr std::string_view autodiscover_policy_name = "autodiscover.toml";

// What a web server says of a request, as it stands in the environment; empty: it does not.
struct CgiRequest {
    std::string method{};  // REQUEST_METHOD
    std::string length{};  // CONTENT_LENGTH
};

// The header fields, the empty line and the XML. It reads as many bytes as `length` says, and no
// more than a request can have; whatever they are, there is an answer: to another method than POST
// 405, to no length 411, to too much 413, to a body that ends early or has no address 400. An
// address of another domain is told so by an error of the protocol, and one of ours is never
// looked up. `loaded` has a policy.
[[nodiscard]] std::string answer_autodiscover(const Loaded& loaded, const CgiRequest& request,
                                              std::istream& body, TimePoint now);
// Where there is no policy to answer from: 500. It reads the body, without which Apache takes the
// connection for broken and passes nothing on.
[[nodiscard]] std::string autodiscover_fault(const CgiRequest& request, std::istream& body);

// A policy file of no more than answer_autodiscover() needs: everybody may know what is in it,
// where /etc/relaypermit/policy.toml is not for web servers.
[[nodiscard]] std::string autodiscover_policy(const Loaded& loaded);
// The CGI program: a web server starts none with options. Where `program` cannot be started it
// answers 500; what that says on its standard error goes to the web server's log and, by logger(1),
// to the system's. `program` is relaypermit(1), `folder` where the script and the policy lie; both
// absolute and is_plain_path() (web_server_lines.h).
[[nodiscard]] std::string autodiscover_script(std::string_view program, std::string_view folder);

}  // namespace relaypermit
