// relaypermit suspend: stops a login at once.
#include <algorithm>
#include <memory>
#include <optional>
#include <ostream>

#include "config/suspended_account.h"
#include "config/suspensions.h"
#include "policy/near_domain.h"
#include "policy/restricted_login.h"
#include "policy/utf8.h"
#include "tool/base/policy_loading.h"
#include "tool/base/visible.h"
#include "tool/base/when.h"
#include "tool/commands/commands.h"
#include "tool/commands/suspension_command.h"
#include "tool/commands/suspension_entry.h"
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
        const Login& login = account.login;
        const Standing before = standing_of(context, loaded, account, *asked);
        // The daemons may not have been told of it yet.
        if (before.enough)
            return confirm(context, login, words_of_enough(context, *before.earlier, *asked), "");
        const Outcome outcome = write_down(context, loaded, account, *asked, before);
        return outcome.fault.empty() ? confirm(context, login, outcome.effect, outcome.written)
                                     : not_done(context, login, outcome.fault);
    }

  private:
    // How it stands with an account before anything is written.
    struct Standing {
        const Restriction* earlier{};       // that stops it already; of the policy looked at
        std::optional<Restriction> kept{};  // what `suspend` has written for it
        bool own{};                         // that is in force
        bool is_own{};                      // and `earlier` is that one
        bool enough{};                      // nothing need be written
    };
    // What the daemons are to confirm, or why nothing is: a clause.
    struct Outcome {
        std::string effect{};
        std::string written{};
        std::string fault{};
    };

    [[nodiscard]] Standing standing_of(const Context& context, const Loaded& loaded,
                                       const Account& account, const Validity& asked) const {
        Standing now{holding(context, loaded, account),
                     kept_suspension(context, loaded, account.login), false, false, false};
        now.own = now.kept && now.kept->suspended && is_in_force(*now.kept->time, context.now);
        now.is_own = now.own && now.earlier != nullptr && now.earlier->id == now.kept->id &&
                     now.earlier->place.file() == now.kept->place.file();
        const bool options = !note_.empty() || !until_.empty();
        now.enough = now.is_own ? !options && !now.kept->time->until
                                : now.earlier != nullptr && lasts(*now.earlier, asked) &&
                                      !(now.own && options);
        return now;
    }

    // Under the lock, which is let go of before any daemon is asked.
    [[nodiscard]] Outcome write_down(const Context& context, const Loaded& read_before,
                                     const Account& account, const Validity& asked,
                                     Standing standing) const {
        const Login& login = account.login;
        // The lock makes a folder, and there may be nothing to write into it.
        if (const auto any = suspension_text(account.forms, {}, {}, {}, {}); !any)
            return {{}, {}, any.error()};
        const auto lock = SuspensionLock::take(context.config);
        // Somebody else may have written since.
        std::optional<Loaded> again;
        if (lock && read_before.read != policy_files(context.config)) {
            again = load_policy(context.config, host_name());
            standing = standing_of(context, *again, account, asked);
            if (standing.enough)
                return {words_of_enough(context, *standing.earlier, asked), {}, {}};
        }
        const Loaded& loaded = again ? *again : read_before;
        const auto& [earlier, kept, own, is_own, enough] = standing;
        // What a note alone is added to stays as it is otherwise.
        const bool only_note = own && until_.empty() && !note_.empty();
        const std::string text = note_.empty() && own ? kept->note : note(context);
        const std::string until = only_note ? kept->time->until_text : asked.until_text;
        const auto entry =
            suspension_text(account.forms, text, date_and_time(context.now), loaded.groups, until);
        if (!entry) return {{}, {}, entry.error()};
        const auto written = lock ? write(context, loaded, login, *entry, kept)
                                  : tl::expected<std::shared_ptr<const Policy>, std::string>(
                                        tl::make_unexpected(lock.error()));
        if (!written && own) {
            (void)complain(context, "nothing is changed: " + written.error());
            return {"by " + named(*kept) + " already", {}, {}};
        }
        if (!written) return {{}, {}, written.error()};
        if (is_own || (own && !loaded.policy)) warn_of_end(context, login, *kept, asked);
        if (loaded.policy) warn_of_others(context, *loaded.policy, login);
        say_which_end_holds(context, *written, login, asked);
        const std::string file = visible(suspensions_file(context.config).string());
        const std::string where = "; it is written in " + file;
        if (only_note)
            return {"by " + named(*kept) + " already; its note is replaced" +
                        (kept->note.empty() ? "" : ", which was `" + visible(kept->note) + "`"),
                    where,
                    {}};
        return {"its next message is refused (" + file + ")", where, {}};
    }

    // The suspension that stops every form of the account by its own name, and of several the one
    // that lasts longest; null where there is none. That of a name that is only folded alike is
    // another account's, and goes with it.
    [[nodiscard]] static const Restriction* holding(const Context& context, const Loaded& loaded,
                                                    const Account& account) {
        const Restriction* held = nullptr;
        if (!loaded.policy) return nullptr;
        for (const Login& form : account.forms) {
            const Restriction* found = suspension_of(*loaded.policy, form, context.now);
            if (found == nullptr || !names_itself(*found, *loaded.policy, form)) return nullptr;
            if (held == nullptr) held = found;
        }
        return held;
    }

    [[nodiscard]] std::string words_of_enough(const Context& context, const Restriction& earlier,
                                              const Validity& asked) const {
        const std::string other = suspended_login(earlier, context);
        if (!note_.empty())
            (void)complain(context, other.empty()
                                        ? "the note is not written: " + named(earlier) +
                                              " is no rule that `suspend` keeps"
                                        : "the note is not written: it is the suspension of `" +
                                              visible(other) +
                                              "` that stops it; run `relaypermit suspend " +
                                              in_shell_words(other) + " --note TEXT`");
        const bool longer = !until_.empty() && earlier.time->until != asked.until;
        return "by " + named(earlier) + " already" +
               (longer ? ", which lasts longer than " + visible(until_) : std::string());
    }

    void warn_of_end(const Context& context, const Login& login, const Restriction& before,
                     const Validity& asked) const {
        if (until_.empty() || !lasts(before, asked) || before.time->until == asked.until) return;
        context.err << "warning: this ends it sooner: " << visible(to_string(login))
                    << " was suspended "
                    << (before.time->until ? "until " + visible(before.time->until_text)
                                           : std::string("without an end"))
                    << "\n";
    }

    // `after`: the policy with what is written; null where that has mistakes.
    void say_which_end_holds(const Context& context, const std::shared_ptr<const Policy>& after,
                             const Login& login, const Validity& asked) const {
        if (!after || until_.empty()) return;
        const Restriction* last = suspension_of(*after, login, context.now);
        if (last == nullptr || last->id == suspension_id(login) || !lasts(*last, asked) ||
            last->time->until == asked.until)
            return;
        (void)complain(context, named(*last) + " suspends it " +
                                    (last->time->until ? "until " + visible(last->time->until_text)
                                                       : std::string("without an end")) +
                                    ": that end holds, and not " + visible(until_));
    }

    void warn_of_others(const Context& context, const Policy& policy, const Login& login) const {
        context.err << unknown_realm_text(policy.source(), login);
        context.err << folded_text_of(policy, login, context.now);
        context.err << other_spellings_text(policy, login, context.now);
        const Restriction* twin = suspension_of(policy, login, context.now);
        if (note_.empty() || twin == nullptr || names_itself(*twin, policy, login)) return;
        const std::string other = suspended_login(*twin, context);
        if (!other.empty())
            (void)complain(context, "the note is that of `" + visible(to_string(login)) + "`; `" +
                                        visible(other) +
                                        "`, which a directory may take it for, is suspended with a "
                                        "note of its own: `relaypermit suspend " +
                                        in_shell_words(other) + " --note TEXT` replaces that");
    }

    [[nodiscard]] static bool names_itself(const Restriction& suspension, const Policy& policy,
                                           const Login& login) {
        const Login base = without_subaddress(login, policy.source().subaddress_delimiter);
        return std::any_of(suspension.logins.begin(), suspension.logins.end(),
                           [&](const LoginPattern& one) {
                               return one.pattern.matches(login) || one.pattern.matches(base);
                           });
    }

    // Whoever is named by what a directory could take for this name is stopped too, and so is the
    // owner of the name in plain letters, whom no rule need name.
    [[nodiscard]] static std::string folded_text_of(const Policy& policy, const Login& login,
                                                    TimePoint now) {
        std::vector<std::string> names = folded_alike(policy, login, now);
        for (const Login& plain : folded_logins(login)) {
            const std::string name = to_string(plain);
            // A letter that stands for many has no name of its own.
            if (name.find("\uE000") == std::string::npos &&
                std::none_of(names.begin(), names.end(), [&](const std::string& one) {
                    return ascii_lower(one) == ascii_lower(name);
                }))
                names.insert(names.begin(), name);
        }
        if (names.empty()) return {};
        return "warning: this stops " + in_words(names) + " too, which a directory may take `" +
               visible(to_string(login)) + "` for\n";
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

    // The policy with it, null where that has mistakes elsewhere. Nothing is changed where there is
    // an error, which is a clause. `kept`: what stands there for this login. Under the lock.
    [[nodiscard]] static tl::expected<std::shared_ptr<const Policy>, std::string> write(
        const Context& context, const Loaded& loaded, const Login& login, const std::string& entry,
        const std::optional<Restriction>& kept) {
        const Before own(own_suspension_file(context.config, login));
        if (own.there())
            return tl::make_unexpected(own.name() +
                                       " is about it too, as an earlier version wrote it, and "
                                       "suspends it no more: remove that file, and do this again");
        const Before all(suspensions_file(context.config));
        const auto text = all.text();
        if (!text) return tl::make_unexpected(text.error());
        std::string rest = *text;
        if (const auto before = suspension_entry(*text, login)) {
            const bool over = kept && is_over(*kept->time, context.now);
            if (!before->as_written && !over)
                return tl::make_unexpected("somebody has edited " + before->lines + " of " +
                                           all.name() + ", the suspension of `" +
                                           visible(to_string(login)) +
                                           "`: delete them, and do this again");
            if (!before->as_written)
                context.err << "warning: " << before->lines << " of " << all.name()
                            << ", which somebody has edited and which ended on "
                            << visible(kept->time->until_text) << ", are replaced\n";
            rest = without(*text, *before);
        }
        if (!rest.empty() && !rest.ends_with("\n")) rest += "\n";
        if (auto done = all.put(rest + entry, context.config); !done)
            return tl::make_unexpected(done.error());
        // As a daemon will read it: with the rest of the policy where that is sound.
        Loaded after;
        if (loaded.policy) after = load_policy(context.config, host_name());
        if (!loaded.policy) after.errors = load_suspensions(context.config, nullptr).errors;
        if (after.errors.empty()) return after.policy;
        print(context, after.errors);
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
