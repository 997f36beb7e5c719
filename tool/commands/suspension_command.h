// What `relaypermit suspend` and `relaypermit resume` share: which account is meant, and that every
// daemon that reads this policy.d has to confirm what became of it. One thread.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "config/load.h"
#include "policy/login.h"
#include "tool/base/command.h"
#include "tool/commands/confirmation.h"

namespace relaypermit {

// "all at policy.toml:4:1".
[[nodiscard]] std::string named(const Restriction& restriction);

// The login that a suspension of `relaypermit suspend` is named after; empty for any other rule.
[[nodiscard]] std::string suspended_login(const Restriction& restriction, const Context& context);
// What stands in policy.d/00-suspended.toml for this account, in force or not.
[[nodiscard]] std::optional<Restriction> kept_suspension(const Context& context,
                                                         const Loaded& loaded, const Login& login);

// A file before it was changed, to be put back.
class Before {
  public:
    explicit Before(std::filesystem::path file);
    [[nodiscard]] const std::filesystem::path& file() const { return file_; }
    [[nodiscard]] std::string name() const;
    [[nodiscard]] bool there() const { return there_; }
    // The text, "" of no file; the error where something else stands there.
    [[nodiscard]] tl::expected<std::string, std::string> text() const;
    // Writes `text`, or removes the file where there is nothing in it.
    [[nodiscard]] tl::expected<void, std::string> put(const std::string& text,
                                                      const std::filesystem::path& like) const;
    void restore(const std::filesystem::path& like) const;

  private:
    std::filesystem::path file_;
    bool there_{};
    bool regular_{};
    tl::expected<std::string, std::string> text_{};
};

// What an account is to the policy and to the daemons.
struct Account {
    Login login{};
    std::vector<Login> forms{};  // to every one of them, the login itself first
    bool as_typed{};             // nobody could say what else it may be called
};

class SuspensionCommand : public Command {
  public:
    void declare(Options& options) override {
        options.argument(login_, "LOGIN", "as the mail server gives it, or without its realm");
    }

    [[nodiscard]] Exit run(const Context& context) override;

  protected:
    [[nodiscard]] virtual Exit change(const Context& context, const Loaded& loaded,
                                      const Account& account) = 0;
    // "suspended", "resumed".
    [[nodiscard]] virtual std::string_view aim() const = 0;
    // "with this suspension": of an old policy that stays in force otherwise.
    [[nodiscard]] virtual std::string_view in_force() const = 0;
    // Why a daemon does not do what was aimed at; empty where it does.
    [[nodiscard]] virtual std::string objection(const AccountState& account) const = 0;

    // In an emergency nobody should have to infer it.
    Exit not_done(const Context& context, std::string_view login, std::string_view why) const;
    Exit not_done(const Context& context, const Login& login, std::string_view why) const {
        return not_done(context, to_string(login), why);
    }
    static void print(const Context& context, const std::vector<Diagnostic>& errors);

    // Has the daemons read what is written now. `effect`: what that comes to where all confirm it.
    // `written`: a clause for where one does not.
    Exit confirm(const Context& context, const Login& login, std::string_view effect,
                 const std::string& written);

    [[nodiscard]] const Daemons& daemons() const { return daemons_; }

  private:
    // Of the policy as it is on disk, or of that in force where this one has mistakes; and every
    // form under which a daemon may know it.
    [[nodiscard]] tl::expected<Account, std::string> account_of(const Loaded& loaded) const;

    [[nodiscard]] std::string objection_of(const Confirmation& one, std::set<std::string>& mistakes,
                                           std::vector<std::string>& remedies,
                                           const Context& context) const;

    // What else the reload did, or did not, that nobody may know of.
    [[nodiscard]] static std::vector<std::string> notes_of(
        const std::vector<Confirmation>& confirmations);

    // Of daemons that have not been told, and need not be.
    [[nodiscard]] std::vector<std::string> notes_of_others() const;

    Exit say(const Context& context, const Login& login, std::string_view effect,
             const std::string& written, const std::vector<Confirmation>& confirmations,
             const std::vector<std::string>& reasons, const std::vector<std::string>& remedies,
             const std::set<std::string>& mistakes) const;

    std::string login_{};
    bool sound_{};             // the policy has no mistakes
    ListenSettings listen_{};  // of the policy as it was before the change
    Daemons daemons_{};
};

}  // namespace relaypermit
