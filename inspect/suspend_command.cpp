// relaypermit suspend, relaypermit resume: stop a login at once, and let it send again.
#include <algorithm>
#include <filesystem>
#include <ostream>
#include <set>

#include "config/policy_file.h"
#include "config/suspended_account.h"
#include "config/suspensions.h"
#include "inspect/commands.h"
#include "inspect/confirmation.h"
#include "inspect/control_client.h"
#include "inspect/diagnostic_view.h"
#include "inspect/json_writer.h"
#include "inspect/policy_loading.h"
#include "inspect/suspension_file.h"
#include "inspect/text.h"
#include "inspect/when.h"
#include "policy/utf8.h"

namespace relaypermit {
namespace {

namespace fs = std::filesystem;

std::string named(const Restriction& restriction) {
    return visible(restriction.id + " at " + to_string(restriction.place));
}

// A file before it was changed, to be put back.
class Before {
  public:
    explicit Before(fs::path file) : file_(std::move(file)) {
        std::error_code none;
        there_ = exists(symlink_status(file_, none));
        regular_ = is_regular_file(symlink_status(file_, none));
        if (regular_) text_ = read_policy_file(file_);
    }
    [[nodiscard]] const fs::path& file() const { return file_; }
    [[nodiscard]] std::string name() const { return visible(file_.string()); }
    [[nodiscard]] bool there() const { return there_; }
    // The text, "" of no file; the error where something else stands there.
    [[nodiscard]] tl::expected<std::string, std::string> text() const {
        if (!there_) return std::string();
        if (!regular_) return tl::make_unexpected(name() + " is no regular file: look into it");
        if (!text_) return tl::make_unexpected(name() + ": " + text_.error());
        return *text_;
    }
    // Writes `text`, or removes the file where there is nothing in it.
    [[nodiscard]] tl::expected<void, std::string> put(const std::string& text,
                                                      const fs::path& like) const {
        if (text.find_first_not_of(" \n") != std::string::npos)
            return replace_file(file_, text, like);
        std::error_code fault;
        fs::remove(file_, fault);
        if (fault) return tl::make_unexpected(name() + ": " + fault.message());
        return {};
    }
    void restore(const fs::path& like) const {
        (void)put(there_ && text_ ? *text_ : std::string(), like);
    }

  private:
    fs::path file_;
    bool there_{};
    bool regular_{};
    tl::expected<std::string, std::string> text_{};
};

// What an account is to the policy and to the daemons.
struct Account {
    Login login{};
    std::vector<Login> forms{};  // to every one of them, the login itself first
};

class SuspensionCommand : public Command {
  public:
    void declare(Options& options) override {
        options.argument(login_, "LOGIN", "as the mail server gives it, or without its realm");
    }

    [[nodiscard]] Exit run(const Context& context) override {
        if (login_.empty()) return complain(context, "name a LOGIN");
        const Loaded loaded = load_policy(context.config, host_name());
        daemons_ = find_daemons(context.config, loaded.settings.listen);
        if (!loaded.policy && daemons_.of_folder.empty()) {
            print(context, loaded.errors);
            return not_done(context, login_,
                            "a daemon would not take this policy, and " +
                                nobody_reads(context.config, daemons_) + "; mend it first");
        }
        const auto account = account_of(loaded);
        if (!account) return not_done(context, login_, account.error());
        return change(context, loaded, *account);
    }

  protected:
    [[nodiscard]] virtual Exit change(const Context& context, const Loaded& loaded,
                                      const Account& account) = 0;
    // "suspended", "resumed".
    [[nodiscard]] virtual std::string_view aim() const = 0;
    // Why a daemon does not do what was aimed at; empty where it does.
    [[nodiscard]] virtual std::string objection(const AccountState& account) const = 0;

    // In an emergency nobody should have to infer it.
    Exit not_done(const Context& context, std::string_view login, std::string_view why) const {
        return complain(context,
                        visible(login) + " is NOT " + std::string(aim()) + ": " + std::string(why));
    }
    Exit not_done(const Context& context, const Login& login, std::string_view why) const {
        return not_done(context, to_string(login), why);
    }
    static void print(const Context& context, const std::vector<Diagnostic>& errors) {
        for (const Diagnostic& error : errors)
            context.err << painted(error, context.error_terminal) << "\n";
    }

    // Has the daemons read what is written now. `effect`: what that comes to where all confirm it.
    // `written`: a clause for where one does not.
    Exit confirm(const Context& context, const Login& login, std::string_view effect,
                 const std::string& written) const {
        std::vector<std::string> reasons;
        std::vector<std::string> remedies;
        std::set<std::string> mistakes;
        const auto confirmations = reload_and_ask(daemons_, to_string(login));
        for (const Confirmation& one : confirmations) {
            const std::string why = objection_of(one, mistakes, remedies, context);
            // Where there are several, which.
            const bool which = daemons_.of_folder.size() > 1 && !why.empty();
            if (!why.empty()) reasons.push_back((which ? named(*one.daemon) + ": " : "") + why);
        }
        for (const std::string& who : daemons_.unreached) reasons.push_back(who);
        if (daemons_.of_folder.empty()) {
            reasons.insert(reasons.begin(), nobody_reads(context.config, daemons_));
            if (daemons_.others.empty() && daemons_.unreached.empty())
                remedies.push_back("systemctl start relaypermitd");
        }
        return say(context, login, effect, written, confirmations, reasons, remedies, mistakes);
    }

    [[nodiscard]] const Daemons& daemons() const { return daemons_; }

  private:
    // Of the policy as it is on disk, or of that in force where this one has mistakes; and every
    // form under which a daemon may know it.
    [[nodiscard]] tl::expected<Account, std::string> account_of(const Loaded& loaded) const {
        Account account;
        const auto add = [&](const Login& form) {
            if (std::find(account.forms.begin(), account.forms.end(), form) == account.forms.end())
                account.forms.push_back(form);
        };
        std::string typed = login_;
        if (loaded.policy) {
            const auto login = named_account(*loaded.policy, login_);
            if (!login) return tl::make_unexpected(login.error());
            for (const Login& form : forms_of(*loaded.policy, *login)) add(form);
            typed = to_string(*login);
        }
        for (const Daemon& daemon : daemons_.of_folder) {
            const auto told =
                ask_daemon(daemon.socket, {ControlRequest::Ask::account, typed}, control_wait);
            if (!told && account.forms.empty()) return tl::make_unexpected(told.error().why);
            if (!told || !told->account) continue;
            for (const std::string& form : told->account->forms)
                if (const auto login = canonical_login(form, Mta::postfix, "")) add(*login);
            typed = told->account->login;
        }
        if (account.forms.empty()) return tl::make_unexpected("no daemon says which login it is");
        account.login = account.forms.front();
        return account;
    }

    [[nodiscard]] std::string objection_of(const Confirmation& one, std::set<std::string>& mistakes,
                                           std::vector<std::string>& remedies,
                                           const Context& context) const {
        if (!one.fault.empty())
            return "the daemon on " + visible(one.daemon->socket) +
                   " was not reached: " + visible(one.fault);
        for (const std::string& mistake : one.reload.mistakes) mistakes.insert(visible(mistake));
        const std::string why = objection(one.account);
        if (why.empty()) return {};
        if (one.reload.loaded || one.reload.suspensions_in_force) return why;
        const std::string& fault = one.reload.suspension_faults.empty()
                                       ? std::string("no reason given")
                                       : one.reload.suspension_faults.front();
        const std::string remedy = mend_folder(suspensions_file(context.config), context.config);
        if (fault.find("permission denied") != std::string::npos && !remedy.empty() &&
            std::find(remedies.begin(), remedies.end(), remedy) == remedies.end())
            remedies.push_back(remedy);
        return "the daemon cannot take what is written: " + visible(fault);
    }

    Exit say(const Context& context, const Login& login, std::string_view effect,
             const std::string& written, const std::vector<Confirmation>& confirmations,
             const std::vector<std::string>& reasons, const std::vector<std::string>& remedies,
             const std::set<std::string>& mistakes) const {
        const std::string state = (reasons.empty() ? "" : "not-") + std::string(aim());
        if (context.json) {
            JsonWriter json;
            json.open_object().key("login").value(to_string(login)).key("state").value(state);
            json.key("reasons").values(reasons);
            json.key("mistakes").values({mistakes.begin(), mistakes.end()});
            json.key("daemons").open_array();
            for (const Confirmation& one : confirmations)
                json.open_object()
                    .key("process")
                    .value(one.daemon->status.process)
                    .key("policy")
                    .value(one.daemon->status.policy)
                    .key("confirmed")
                    .value(one.fault.empty() && objection(one.account).empty())
                    .close_object();
            context.out << json.close_array().close_object().take() << "\n";
        } else if (reasons.empty()) {
            context.out << visible(to_string(login)) << " is " << state << ": " << effect << "\n";
        }
        for (const std::string& mistake : mistakes) context.err << mistake << "\n";
        if (!mistakes.empty())
            complain(context,
                     "the policy has mistakes and was not loaded: the old one stays in force" +
                         std::string(reasons.empty() ? ", with this change" : ""));
        if (reasons.empty()) return Exit::fine;
        for (const std::string& reason : reasons)
            (void)not_done(context, login, reason + (reason == reasons.back() ? written : ""));
        for (const std::string& remedy : remedies) context.err << "run: " << remedy << "\n";
        return Exit::failed;
    }

    std::string login_{};
    Daemons daemons_{};
};

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
            "the policy does not keep it from that.\n"
            "Exit code 0 means that each of these daemons has confirmed it; 2 that one has not, "
            "that none runs, or that the policy in force would let the next message pass in spite "
            "of it (mode = \"monitor\").");
    }

  protected:
    [[nodiscard]] std::string_view aim() const override { return "suspended"; }
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
        const auto entry =
            suspension_text(account.forms, note(context), date_and_time(context.now));
        if (!entry) return not_done(context, account.login, entry.error());
        if (auto done = write(context, loaded, account.login, *entry); !done)
            return not_done(context, account.login, done.error());
        const std::string file = visible(suspensions_file(context.config).string());
        return confirm(context, account.login, "its next message is refused (" + file + ")",
                       "; it is written in " + file);
    }

  private:
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
        if (!loaded.policy) errors = load_suspensions(context.config).errors;
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
    [[nodiscard]] std::string objection(const AccountState& account) const override {
        if (account.rule.empty()) return {};
        return visible(account.rule + " at " + account.place) +
               " suspends it in the policy in force";
    }

    [[nodiscard]] Exit change(const Context& context, const Loaded& loaded,
                              const Account& account) override {
        const Login& login = account.login;
        const auto removed = take_out(context, loaded, login);
        if (!removed) return not_done(context, login, removed.error());
        if (removed->empty()) {
            const Restriction* other =
                loaded.policy ? suspension_of(*loaded.policy, login) : nullptr;
            const std::string name = visible(to_string(login));
            if (other != nullptr)
                context.err << name << " is suspended by " << named(*other)
                            << ": remove it there\n";
            else
                context.err << name << " is not suspended\n";
            return Exit::finding;
        }
        const Loaded after = load_policy(context.config, host_name());
        const Restriction* other = after.policy ? suspension_of(*after.policy, login) : nullptr;
        const Exit exit = confirm(context, login, "its next message is judged by its grants again",
                                  "; it is taken out of " + *removed);
        return other != nullptr && !daemons().of_folder.empty() && exit == Exit::failed
                   ? Exit::finding
                   : exit;
    }

  private:
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
        const auto edited = [](const Before& file) {
            return tl::make_unexpected(file.name() +
                                       " is not, or no longer, as `suspend` wrote it: take the "
                                       "suspension out by hand");
        };
        if (own.there() && (!own.text() || !is_suspension_of(login, *own.text())))
            return edited(own);
        const auto text = all.text();
        if (!text) return edited(all);
        const auto rest = without_suspension(*text, login);
        if (names_suspension(rest.value_or(*text), login)) return edited(all);
        std::string removed;
        if (rest) {
            if (auto done = all.put(*rest, context.config); !done)
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

std::unique_ptr<Command> make_suspend_command() {
    return std::make_unique<SuspendCommand>();
}

std::unique_ptr<Command> make_resume_command() {
    return std::make_unique<ResumeCommand>();
}

}  // namespace relaypermit
