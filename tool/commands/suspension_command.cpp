#include "tool/commands/suspension_command.h"

#include <algorithm>
#include <ostream>
#include <system_error>
#include <utility>

#include "config/policy_file.h"
#include "config/suspended_account.h"
#include "config/suspensions.h"
#include "record/json_writer.h"
#include "tool/base/control_client.h"
#include "tool/base/diagnostic_view.h"
#include "tool/base/policy_loading.h"
#include "tool/base/replace_file.h"
#include "tool/base/visible.h"
#include "tool/commands/suspension_entry.h"
#include "tool/commands/suspension_file.h"
#include "tool/rehearse/containment.h"

namespace relaypermit {

std::string named(const Restriction& restriction) {
    return visible(restriction.id + " at " + to_string(restriction.place));
}

std::string suspended_login(const Restriction& restriction, const Context& context) {
    if (restriction.place.file() != suspensions_file(context.config).string() ||
        !restriction.id.starts_with("suspended:") || restriction.logins.empty())
        return {};
    const Pattern& pattern = (*restriction.logins.begin()).pattern;
    return pattern.kind() == Pattern::Kind::exact ? to_string(login_of(pattern)) : std::string();
}

std::optional<Restriction> kept_suspension(const Context& context, const Loaded& loaded,
                                           const Login& login) {
    const Suspensions all =
        load_suspensions(context.config, loaded.policy ? &loaded.policy->source() : nullptr);
    const auto found =
        std::find_if(all.restrictions.begin(), all.restrictions.end(),
                     [id = suspension_id(login)](const Restriction& one) { return one.id == id; });
    if (found == all.restrictions.end()) return std::nullopt;
    return *found;
}

Before::Before(std::filesystem::path file) : file_(std::move(file)) {
    std::error_code none;
    there_ = exists(symlink_status(file_, none));
    regular_ = is_regular_file(symlink_status(file_, none));
    if (regular_) text_ = read_policy_file(file_);
}

std::string Before::name() const {
    return visible(file_.string());
}

tl::expected<std::string, std::string> Before::text() const {
    if (!there_) return std::string();
    if (!regular_) return tl::make_unexpected(name() + " is no regular file: look into it");
    if (!text_) return tl::make_unexpected(name() + ": " + text_.error());
    return *text_;
}

tl::expected<void, std::string> Before::put(const std::string& text,
                                            const std::filesystem::path& like) const {
    if (text.find_first_not_of(" \n") != std::string::npos)
        return replace_file(file_, text, like).map_error([&](const std::string& why) {
            return "cannot write " + file_.string() + ": " + why;
        });
    std::error_code fault;
    std::filesystem::remove(file_, fault);
    if (fault) return tl::make_unexpected(name() + ": " + fault.message());
    return {};
}

void Before::restore(const std::filesystem::path& like) const {
    (void)put(there_ && text_ ? *text_ : std::string(), like);
}

Exit SuspensionCommand::run(const Context& context) {
    if (login_.empty()) return complain(context, "name a LOGIN");
    const Loaded loaded = load_policy(context.config, host_name());
    sound_ = loaded.policy != nullptr;
    listen_ = loaded.settings.listen;
    daemons_ = find_daemons(context.config, listen_);
    const auto account = account_of(loaded);
    // Else the daemons say them.
    if (!sound_ && (!account || account->as_typed)) print(context, loaded.errors);
    if (!account) return not_done(context, login_, account.error());
    if (account->as_typed)
        (void)complain(context, "the policy has mistakes and no daemon says what is in force: " +
                                    visible(to_string(account->login)) +
                                    " is taken as it is, without the other names that `forms` or "
                                    "`default_realm` in [login] may give it; do this again once "
                                    "the policy is mended");
    return change(context, loaded, *account);
}

Exit SuspensionCommand::not_done(const Context& context, std::string_view login,
                                 std::string_view why) const {
    return complain(context,
                    visible(login) + " is NOT " + std::string(aim()) + ": " + std::string(why));
}

void SuspensionCommand::print(const Context& context, const std::vector<Diagnostic>& errors) {
    for (const Diagnostic& error : errors)
        context.err << painted(error, context.error_terminal) << "\n";
}

Exit SuspensionCommand::confirm(const Context& context, const Login& login, std::string_view effect,
                                const std::string& written) {
    // One that has started since read what was there before.
    daemons_ = find_daemons(context.config, listen_);
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
    for (const Unreached& who : daemons_.unreached)
        if (!who.elsewhere) reasons.push_back(who.why);
    if (daemons_.of_folder.empty()) {
        reasons.insert(reasons.begin(),
                       nobody_reads(context.config, daemons_) +
                           (sound_ || !reasons.empty()
                                ? ""
                                : ", and none would start before its mistakes are mended"));
        if (sound_ && daemons_.others.empty() && reasons.size() == 1)
            remedies.push_back("systemctl start relaypermitd");
    }
    return say(context, login, effect, written, confirmations, reasons, remedies, mistakes);
}

tl::expected<Account, std::string> SuspensionCommand::account_of(const Loaded& loaded) const {
    Account account;
    const auto add = [&](const Login& form) {
        if (std::find(account.forms.begin(), account.forms.end(), form) == account.forms.end())
            account.forms.push_back(form);
    };
    std::string typed = login_;
    std::string refusal;
    if (loaded.policy) {
        const auto login = named_account(*loaded.policy, login_);
        if (!login) return tl::make_unexpected(login.error());
        for (const Login& form : names_of(*loaded.policy, *login)) add(form);
        typed = to_string(*login);
    }
    for (const Daemon& daemon : daemons_.of_folder) {
        const auto told =
            ask_daemon(daemon.socket, {ControlRequest::Ask::account, typed}, control_wait);
        // What one that hangs does not say, another may.
        if (!told && told.error().answered) refusal = told.error().why;
        if (!told || !told->account) continue;
        for (const std::string& form : told->account->forms)
            if (const auto login = canonical_login(form, Mta::postfix, "")) add(*login);
        typed = told->account->login;
    }
    if (account.forms.empty()) {
        if (!refusal.empty()) return tl::make_unexpected(refusal);
        const auto login = canonical_login(login_, Mta::postfix, "");
        if (!login) return tl::make_unexpected("this is no login");
        add(*login);
        account.as_typed = true;
    }
    account.login = account.forms.front();
    return account;
}

std::string SuspensionCommand::objection_of(const Confirmation& one,
                                            std::set<std::string>& mistakes,
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

std::vector<std::string> SuspensionCommand::notes_of(
    const std::vector<Confirmation>& confirmations) {
    std::vector<std::string> notes;
    const auto add = [&](const std::string& note) {
        if (std::find(notes.begin(), notes.end(), note) == notes.end()) notes.push_back(note);
    };
    for (const Confirmation& one : confirmations) {
        std::string files;
        for (const std::string& file : one.reload.changed) {
            const std::string name = std::filesystem::path(file).filename().string();
            const bool own = name == "00-suspended.toml" ||
                             (name.starts_with("suspended-") && name.ends_with(".toml"));
            if (!own) files += (files.empty() ? "" : ", ") + visible(file);
        }
        if (!files.empty()) add("the reload also took up changes of: " + files);
        for (const std::string& why : one.reload.failed) add(visible(why));
        for (const std::string& warning : one.reload.warnings) add(visible(warning));
    }
    return notes;
}

std::vector<std::string> SuspensionCommand::notes_of_others() const {
    std::vector<std::string> notes;
    // Where nobody reads this policy, that is said of each of them.
    if (!daemons_.of_folder.empty())
        for (const Daemon& other : daemons_.others)
            notes.push_back("another relaypermitd, " + named(other) + ", answers on " +
                            visible(other.socket) + " and reads " +
                            (other.same_file ? "another policy.d, beside the name of this file "
                                               "that it was given"
                                             : "other files") +
                            ": it was not told");
    for (const Unreached& who : daemons_.unreached)
        if (who.elsewhere)
            notes.push_back(who.why +
                            ". By its locks it reads other files, and it was not told of this");
    notes.insert(notes.end(), daemons_.passed_over.begin(), daemons_.passed_over.end());
    return notes;
}

Exit SuspensionCommand::say(const Context& context, const Login& login, std::string_view effect,
                            const std::string& written,
                            const std::vector<Confirmation>& confirmations,
                            const std::vector<std::string>& reasons,
                            const std::vector<std::string>& remedies,
                            const std::set<std::string>& mistakes) const {
    std::vector<std::string> notes = notes_of(confirmations);
    for (std::string& note : notes_of_others()) notes.push_back(std::move(note));
    std::string until;
    for (const Confirmation& one : confirmations)
        if (until.empty() && reasons.empty()) until = one.account.until;
    const std::string state = (reasons.empty() ? "" : "not-") + std::string(aim());
    if (context.json) {
        JsonWriter json;
        json.open_object().key("login").value(to_string(login)).key("state").value(state);
        json.key("until");
        until.empty() ? json.null() : json.value(until);
        json.key("reasons").values(reasons);
        json.key("mistakes").values({mistakes.begin(), mistakes.end()});
        json.key("notes").values(notes);
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
        context.out << visible(to_string(login)) << " is " << state
                    << (until.empty() ? "" : " until " + visible(until)) << ": " << effect << "\n";
    }
    for (const std::string& note : notes) (void)complain(context, note);
    for (const std::string& mistake : mistakes) context.err << mistake << "\n";
    if (!mistakes.empty())
        complain(context, "the policy has " + counted(mistakes.size(), "mistake") +
                              " and was not loaded: the old one stays in force" +
                              (reasons.empty() ? ", " + std::string(in_force()) : std::string()));
    if (reasons.empty()) return Exit::fine;
    for (const std::string& reason : reasons)
        (void)not_done(context, login, reason + (reason == reasons.back() ? written : ""));
    for (const Confirmation& one : confirmations)
        if (one.fault.empty() && objection(one.account).empty())
            (void)complain(context, named(*one.daemon) + " has confirmed that it is " +
                                        std::string(aim()) + " there");
    for (const std::string& remedy : remedies) context.err << "run: " << remedy << "\n";
    return Exit::failed;
}

}  // namespace relaypermit
