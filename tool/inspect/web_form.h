// Which logins put strangers into From: a contact form on a web site, which writes its visitors'
// addresses, or a mail program that redirects. What they need is no grant, which would be one for
// every visitor there will ever be, but an own address in From and the visitor's in Reply-To.
// Pure; one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tool/inspect/decision.h"

namespace relaypermit {

struct WebForm {
    std::string login{};  // in lower case
    std::uint64_t refusals{};
    std::size_t strangers{};
    std::size_t clients{};
    TimePoint last{};
    std::vector<std::string> examples{};
};

inline constexpr std::string_view form_advice =
    "a web form must write its own address in From and the visitor's in Reply-To; mail that is "
    "redirected is better forwarded";
// "3 strangers' addresses from 1 client, 4 refusals, as a@x, b@y". Fit to print.
[[nodiscard]] std::string what_was_seen(const WebForm& form);

class WebForms {
  public:
    // From so few networks (/24, /64), as a web server's are.
    static constexpr std::size_t most_networks = 2;
    // So many strangers in From, the envelope being the login's own; or so many, of several
    // domains, wherever they stand. Of a login that is called as web servers' are, one is enough.
    static constexpr std::size_t several_in_from = 2;
    static constexpr std::size_t several_anywhere = 3;

    using IsHosted = std::function<bool(const std::string& domain)>;
    // `hosted`: the domains whose people are, or may be, no strangers, beside the login's own;
    // empty: none.
    explicit WebForms(std::string delimiters = "+", IsHosted hosted = {})
        : delimiters_(std::move(delimiters)), hosted_(std::move(hosted)) {}

    // Looks at refusals (monitored ones too) for an address that the login does not own.
    void add(const Decision& decision);
    // The most refusals first.
    [[nodiscard]] std::vector<WebForm> forms() const;
    // Whether the login is one of forms(), and the address one of its strangers.
    [[nodiscard]] bool is_visitor(const std::string& login, const std::string& address) const;

  private:
    struct Account {
        std::set<std::string> in_from{};
        std::set<std::string> strangers{};
        std::set<std::string> domains{};
        std::set<std::string> networks{};
        std::set<std::string> clients{};
        std::uint64_t refusals{};
        TimePoint last{};
    };
    [[nodiscard]] static bool is_form(const std::string& login, const Account& account);

    std::string delimiters_;
    IsHosted hosted_;
    std::map<std::string, Account> accounts_{};
};

// Whether an address of another domain looks like somebody else's: neither an office (info@) nor a
// name like the login's own.
[[nodiscard]] bool is_stranger(std::string_view login, std::string_view address);

// What offices are called: info, sales, noreply.
[[nodiscard]] bool is_office(std::string_view local);

}  // namespace relaypermit
