// relaypermit suspend: stops a login at once.
#include <ostream>

#include "config/suspended_account.h"
#include "config/suspensions.h"
#include "policy/near_domain.h"
#include "policy/utf8.h"
#include "tool/base/policy_loading.h"
#include "tool/base/text.h"
#include "tool/base/when.h"
#include "tool/commands/commands.h"
#include "tool/commands/suspension_command.h"
#include "tool/commands/suspension_file.h"
#include "tool/rehearse/other_spellings.h"

namespace relaypermit {
namespace {

class SuspendCommand final : public SuspensionCommand {
  public:
    [[nodiscard]] std::string_view name() const override { return "suspend"; }
    [[nodiscard]] std::string_view summary() const override { return "stops a login at once"; }
    void declare(Options& options) override {
        SuspensionCommand::declare(options);
        options.value("--note", note_, "TEXT", "for colleagues: why");
        options.example("relaypermit suspend mallory@example.com --note \"cracked, ticket 4711\"");
        options.epilogue(
            "Writes a [[restrict]] into policy.d/00-suspended.toml and has every daemon that reads "
            "it reload: the next message is refused, of open sessions too. A mistake elsewhere in "
            "the policy, of whatever kind, does not keep it from that.\n"
            "Exit code 0 means that each running daemon that uses this policy.d has confirmed it; "
            "2 that one has not or cannot be asked, that none runs, or that the policy in force "
            "would let the next message pass in spite "
            "of it (mode = \"monitor\").");
    }

  protected:
    [[nodiscard]] std::string_view aim() const override { return "suspended"; }
    [[nodiscard]] std::string_view in_force() const override { return "with this suspension"; }
    [[nodiscard]] std::string objection(const AccountState& account) const override {
        return account.suspended ? std::string() : visible(account.why_not);
    }

    [[nodiscard]] Exit change(const Context& context, const Loaded& loaded,
                              const Account& account) override {
        const Restriction* earlier = nullptr;
        if (loaded.policy) {
            for (const Login& form : account.forms) {
                const Restriction* found = suspension_of(*loaded.policy, form);
                if (found == nullptr || earlier == nullptr) earlier = found;
                if (found == nullptr) break;
            }
        }
        // The daemons may not have been told of it yet.
        if (earlier != nullptr)
            return confirm(context, account.login, "by " + named(*earlier) + " already", "");
        const auto entry = suspension_text(account.forms, note(context), date_and_time(context.now),
                                           loaded.groups);
        if (!entry) return not_done(context, account.login, entry.error());
        if (auto done = write(context, loaded, account.login, *entry); !done)
            return not_done(context, account.login, done.error());
        if (loaded.policy) {
            context.err << unknown_realm_text(loaded.policy->source(), account.login);
            context.err << other_spellings_text(*loaded.policy, account.login);
        }
        const std::string file = visible(suspensions_file(context.config).string());
        return confirm(context, account.login, "its next message is refused (" + file + ")",
                       "; it is written in " + file);
    }

  private:
    // A login of a realm next to one of ours is nobody's, and its owner goes on.
    [[nodiscard]] static std::string unknown_realm_text(const PolicySource& source,
                                                        const Login& login) {
        const std::string near = near_hosted_domain(source, login.realm);
        if (near.empty()) return {};
        return "warning: `" + visible(login.realm) + "` is not hosted here: did you mean `" +
               visible(login.user) + "@" + near + "`?\n";
    }

    // Nothing is changed where there is an error, which is a clause.
    [[nodiscard]] static tl::expected<void, std::string> write(const Context& context,
                                                               const Loaded& loaded,
                                                               const Login& login,
                                                               const std::string& entry) {
        const auto lock = SuspensionLock::take(context.config);
        if (!lock) return tl::make_unexpected(lock.error());
        const Before own(own_suspension_file(context.config, login));
        const Before all(suspensions_file(context.config));
        const auto text = all.text();
        if (!text) return tl::make_unexpected(text.error());
        std::string rest = without_suspension(*text, login).value_or(*text);
        if (own.there() || names_suspension(rest, login))
            return tl::make_unexpected((own.there() ? own : all).name() +
                                       " is there already and says something else: look into it");
        if (!rest.empty() && !rest.ends_with("\n")) rest += "\n";
        if (auto done = all.put(rest + entry, context.config); !done) return done;
        // As a daemon will read it: with the rest of the policy where that is sound.
        std::vector<Diagnostic> errors;
        if (loaded.policy) errors = load_policy(context.config, host_name()).errors;
        if (!loaded.policy) errors = load_suspensions(context.config, nullptr).errors;
        if (errors.empty()) return {};
        print(context, errors);
        all.restore(context.config);
        return tl::make_unexpected("with it " + all.name() + " would not be sound");
    }

    // A note must not keep a login from being stopped.
    [[nodiscard]] std::string note(const Context& context) const {
        const std::string_view fault = text_fault(note_);
        if (fault.empty()) return note_;
        context.err << "relaypermit: the note holds " << fault << ": it is written as `"
                    << visible(note_) << "`\n";
        return visible(note_);
    }

    std::string note_{};
};

}  // namespace

std::unique_ptr<Command> make_suspend_command() {
    return std::make_unique<SuspendCommand>();
}

}  // namespace relaypermit
