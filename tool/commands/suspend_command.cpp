// relaypermit suspend: stops a login at once.
#include <algorithm>
#include <ostream>

#include "config/suspended_account.h"
#include "config/suspensions.h"
#include "policy/near_domain.h"
#include "policy/restricted_login.h"
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
        options.value("--until", until_, "DATE",
                      "when it ends: the last day, in UTC, or a time with its offset");
        options.example("relaypermit suspend mallory@example.com --until 2027-01-31");
        options.example("relaypermit suspend mallory@example.com --note \"cracked, ticket 4711\"");
        options.epilogue(
            "Writes a [[restrict]] into policy.d/00-suspended.toml and has every daemon that reads "
            "it reload: the next message is refused, of open sessions too. A mistake elsewhere in "
            "the policy, of whatever kind, does not keep it from that.\n"
            "It holds for the login with any subaddress too, and for whatever a directory could "
            "take for it: other case, full width, accents, more blanks.\n"
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
        const auto asked = end_asked_for(context);
        // Of an option, and not of the account: that may be suspended already.
        if (!asked) return complain(context, asked.error() + ": nothing was changed");
        const Restriction* earlier = nullptr;
        if (loaded.policy) {
            for (const Login& form : account.forms) {
                const Restriction* found = suspension_of(*loaded.policy, form, context.now);
                // That of a name that is only folded alike is another account's, and goes with it.
                if (found != nullptr && !names_itself(*found, *loaded.policy, form))
                    found = nullptr;
                if (found == nullptr || earlier == nullptr) earlier = found;
                if (found == nullptr) break;
            }
        }
        const std::string all = suspensions_file(context.config).string();
        const bool own = earlier != nullptr && earlier->id == suspension_id(account.login) &&
                         earlier->place.file() == all;
        // What a note alone is added to stays as it is otherwise.
        const bool only_note = own && until_.empty() && !note_.empty();
        const bool enough = earlier != nullptr && (only_note || lasts(*earlier, *asked));
        // The daemons may not have been told of it yet.
        if (enough && (!own || (note_.empty() && until_.empty()))) {
            if (!note_.empty())
                (void)complain(context, "the note is not written: " + named(*earlier) +
                                            " is no rule that `suspend` keeps");
            return confirm(context, account.login, "by " + named(*earlier) + " already", "");
        }
        const std::string text = note_.empty() && own ? earlier->note : note(context);
        const std::string until = only_note ? earlier->time->until_text : asked->until_text;
        const auto entry =
            suspension_text(account.forms, text, date_and_time(context.now), loaded.groups, until);
        if (!entry) return not_done(context, account.login, entry.error());
        if (own && !until_.empty() && lasts(*earlier, *asked))
            context.err << "warning: this ends it sooner: " << visible(to_string(account.login))
                        << " was suspended "
                        << (earlier->time->until ? "until " + visible(earlier->time->until_text)
                                                 : std::string("without an end"))
                        << "\n";
        const std::string before = own ? earlier->note : std::string();
        if (auto done = write(context, loaded, account.login, *entry); !done)
            return not_done(context, account.login, done.error());
        if (loaded.policy) {
            context.err << unknown_realm_text(loaded.policy->source(), account.login);
            context.err << folded_text_of(account.login);
            context.err << other_spellings_text(*loaded.policy, account.login, context.now);
        }
        const std::string file = visible(all);
        if (only_note)
            return confirm(context, account.login,
                           "by " + named(*earlier) + " already; its note is replaced" +
                               (before.empty() ? "" : ", which was `" + visible(before) + "`"),
                           "; it is written in " + file);
        return confirm(context, account.login, "its next message is refused (" + file + ")",
                       "; it is written in " + file);
    }

  private:
    [[nodiscard]] static bool names_itself(const Restriction& suspension, const Policy& policy,
                                           const Login& login) {
        const Login base = without_subaddress(login, policy.source().subaddress_delimiter);
        return std::any_of(suspension.logins.begin(), suspension.logins.end(),
                           [&](const LoginPattern& one) {
                               return one.pattern.matches(login) || one.pattern.matches(base);
                           });
    }

    // The owner of the name in plain letters is stopped too.
    [[nodiscard]] static std::string folded_text_of(const Login& login) {
        std::string said;
        std::string text;
        for (const Folding folding : {Folding::by_marks, Folding::by_letters}) {
            const Login plain = folded_login(login, folding);
            const std::string key = login_key(plain);
            if (plain.user.empty() || key == login_key(login) || key == said) continue;
            said = key;
            // A letter that stands for many has no name of its own.
            if (key.find("\uE000") != std::string::npos) continue;
            text += "warning: this stops `" + visible(to_string(plain)) +
                    "` too, which a directory may take `" + visible(to_string(login)) + "` for\n";
        }
        return text;
    }

    // The error is a clause.
    [[nodiscard]] tl::expected<Validity, std::string> end_asked_for(const Context& context) const {
        if (until_.empty()) return Validity();
        const std::string name = "--until `" + visible(until_) + "`";
        const std::string help = " (as in 2027-01-31, or 2027-01-31T18:00:00Z)";
        if (until_.find_first_not_of("0123456789-:.TZ+") != std::string::npos)
            return tl::make_unexpected(name + " is no date" + help);
        const auto read = load_suspensions_text(
            "[[restrict]]\nid = \"x\"\nlogins = [\"x@example.com\"]\nsuspended = true\nuntil = " +
                until_ + "\n",
            "--until", nullptr);
        if (!read.errors.empty() || read.restrictions.empty() ||
            !read.restrictions.front().time->until)
            return tl::make_unexpected(name + " is no date with a meaning everywhere" + help);
        Validity time = *read.restrictions.front().time;
        if (is_over(time, context.now)) return tl::make_unexpected(name + " is over already");
        return time;
    }

    [[nodiscard]] static bool lasts(const Restriction& earlier, const Validity& asked) {
        const auto& until = earlier.time->until;
        return !until || (asked.until && *asked.until <= *until);
    }

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
    std::string until_{};
};

}  // namespace

std::unique_ptr<Command> make_suspend_command() {
    return std::make_unique<SuspendCommand>();
}

}  // namespace relaypermit
