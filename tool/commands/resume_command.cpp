// relaypermit resume: lets a suspended login send again.
#include <algorithm>
#include <ostream>
#include <system_error>

#include "config/suspended_account.h"
#include "config/suspensions.h"
#include "policy/restricted_login.h"
#include "tool/base/policy_loading.h"
#include "tool/base/visible.h"
#include "tool/commands/commands.h"
#include "tool/commands/suspension_command.h"
#include "tool/commands/suspension_entry.h"
#include "tool/commands/suspension_file.h"

namespace relaypermit {
namespace {

class ResumeCommand final : public SuspensionCommand {
  public:
    [[nodiscard]] std::string_view name() const override { return "resume"; }
    [[nodiscard]] std::string_view summary() const override {
        return "lets a suspended login send again";
    }
    void declare(Options& options) override {
        SuspensionCommand::declare(options);
        options.example("relaypermit resume mallory@example.com");
        options.epilogue(
            "Takes out what `relaypermit suspend` wrote and has every daemon that reads it "
            "reload. What somebody has edited since is left alone.\n"
            "Exit code 0 means that each of these daemons has confirmed it; 1 that the login stays "
            "suspended by another rule, or was not suspended; 2 that it could not be done, or a "
            "daemon has not confirmed it.");
    }

  protected:
    [[nodiscard]] std::string_view aim() const override { return "resumed"; }
    [[nodiscard]] std::string_view in_force() const override { return "without this suspension"; }
    [[nodiscard]] std::string objection(const AccountState& account) const override {
        if (account.rule.empty()) return {};
        return visible(account.rule + " at " + account.place) +
               " suspends it in the policy in force";
    }

    [[nodiscard]] Exit change(const Context& context, const Loaded& loaded,
                              const Account& account) override {
        const Login& login = account.login;
        const auto kept = kept_suspension(context, loaded, login);
        const auto removed = take_out(context, loaded, login);
        if (!removed) return not_done(context, login, removed.error());
        if (removed->empty()) {
            const Restriction* other =
                loaded.policy ? suspension_of(*loaded.policy, login, context.now) : nullptr;
            const std::string name = visible(to_string(login));
            const std::string twin = loaded.policy == nullptr ? twin_in_file(context, login)
                                     : other != nullptr       ? suspended_login(*other, context)
                                                              : std::string();
            if (!twin.empty())
                context.err << name << words_for_twin(twin);
            else if (other == nullptr)
                context.err << name << " is not suspended"
                            << (loaded.policy ? "" : " in policy.d/00-suspended.toml") << "\n";
            else
                context.err << name << " is suspended by " << named(*other)
                            << ": remove it there\n";
            return Exit::finding;
        }
        const Loaded after = load_policy(context.config, host_name());
        const Restriction* other =
            after.policy ? suspension_of(*after.policy, login, context.now) : nullptr;
        const auto silent = [](const Unreached& who) { return !who.elsewhere; };
        const bool ended = kept && is_over(*kept->time, context.now);
        const Exit exit =
            confirm(context, login,
                    ended ? "its suspension ended on " + visible(kept->time->until_text) +
                                ", and is taken out of " + *removed
                          : std::string("its next message is judged by its grants again"),
                    "; it is taken out of " + *removed);
        if (other != nullptr)
            if (const std::string twin = suspended_login(*other, context); !twin.empty())
                context.err << visible(to_string(login)) << words_for_twin(twin);
        const auto& unreached = daemons().unreached;
        return other != nullptr && !daemons().of_folder.empty() &&
                       std::none_of(unreached.begin(), unreached.end(), silent) &&
                       exit == Exit::failed
                   ? Exit::finding
                   : exit;
    }

  private:
    // A directory may take one for the other, or it is a subaddress of that.
    [[nodiscard]] static std::string words_for_twin(const std::string& twin) {
        return " is stopped by the suspension of `" + visible(twin) +
               "`: run `relaypermit resume " + in_shell_words(twin) + "` to lift that\n";
    }

    // Where the policy has mistakes, the file alone says who else's suspension stops a login.
    [[nodiscard]] static std::string twin_in_file(const Context& context, const Login& login) {
        const PolicySource none;
        const RestrictedLogin names(none, login);
        for (const Restriction& one : load_suspensions(context.config, nullptr).restrictions)
            if (is_in_force(*one.time, context.now) &&
                std::any_of(one.logins.begin(), one.logins.end(), [&](const LoginPattern& pattern) {
                    return names.reached_by(pattern.pattern) != nullptr;
                }))
                return suspended_login(one, context);
        return {};
    }

    // The name of the file that it stood in, "" where it stood in none. Nothing is changed where
    // there is an error, which is a clause.
    [[nodiscard]] static tl::expected<std::string, std::string> take_out(const Context& context,
                                                                         const Loaded& loaded,
                                                                         const Login& login) {
        // Nothing is made where there is nothing to take out.
        if (std::error_code none; !exists(suspensions_file(context.config).parent_path(), none))
            return std::string();
        const auto lock = SuspensionLock::take(context.config);
        if (!lock) return tl::make_unexpected(lock.error());
        const Before own(own_suspension_file(context.config, login));
        const Before all(suspensions_file(context.config));
        const std::string then =
            ", and run `relaypermit reload -c " + in_shell_words(context.config) + "`";
        if (own.there() && (!own.text() || !is_suspension_of(login, *own.text())))
            return tl::make_unexpected(own.name() +
                                       " is not, or no longer, as `suspend` wrote it: take the "
                                       "suspension out of it by hand" +
                                       then);
        const auto text = all.text();
        if (!text) return tl::make_unexpected(text.error());
        const auto entry = suspension_entry(*text, login);
        if (entry && !entry->as_written)
            return tl::make_unexpected("somebody has edited its suspension: delete " +
                                       entry->lines + " of " + all.name() + then);
        std::string removed;
        if (entry) {
            if (auto done = all.put(without(*text, *entry), context.config); !done)
                return tl::make_unexpected(done.error());
            removed = all.name();
        }
        if (own.there()) {
            if (auto done = own.put("", context.config); !done)
                return tl::make_unexpected(done.error());
            removed = own.name();
        }
        if (removed.empty() || !loaded.policy) return removed;
        const auto errors = load_policy(context.config, host_name()).errors;
        if (errors.empty()) return removed;
        print(context, errors);
        all.restore(context.config);
        own.restore(context.config);
        return tl::make_unexpected("without " + removed + " the policy would not be sound");
    }
};

}  // namespace

std::unique_ptr<Command> make_resume_command() {
    return std::make_unique<ResumeCommand>();
}

}  // namespace relaypermit
