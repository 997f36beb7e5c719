// A spelling in which mail servers hand over a login that is somebody's user@domain all the same:
// `EXAMPLE\alice`, `alice%example.com`, `alice*master`. [login] forms names them. Immutable after
// parsing; pure; any thread.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace re2 {
class RE2;
}

namespace relaypermit {

// A mistake in a form: where in its text (offset in bytes, 0-based) and what.
struct LoginFormFault {
    std::size_t offset{};
    std::string why{};
    std::string help{};
};

class LoginForm {
  public:
    // Literal text with {user} (once, without an @), and at most once each {domain} (a domain) and
    // {any} (anything, dropped; without an @ where the form has no {domain}). A fault where it can
    // match no login, or takes logins that are written as user@domain, or as a plain name, for
    // another spelling.
    [[nodiscard]] static tl::expected<LoginForm, LoginFormFault> parse(std::string_view text);

    [[nodiscard]] const std::string& text() const { return text_; }

    struct Parts {
        std::string user{};
        std::optional<std::string> domain{};  // as it was written; nullopt: the form names none
    };
    // What stands for {user} and {domain} in a login of this form; nullopt where it is of another.
    // Literal text matches without regard to ASCII case. {user} is as short as can be, so that
    // `alice*a*b` is alice.
    [[nodiscard]] std::optional<Parts> read(std::string_view login) const;

  private:
    std::string text_{};
    std::shared_ptr<const re2::RE2> regex_{};
    int user_group_{};
    int domain_group_{};  // 0: none
};

}  // namespace relaypermit
