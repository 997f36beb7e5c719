// relaypermit who: who may send as an address; as what a login may send.
#include <algorithm>
#include <ostream>

#include "record/json_writer.h"
#include "tool/base/policy_loading.h"
#include "tool/base/table.h"
#include "tool/base/table_answers.h"
#include "tool/base/visible.h"
#include "tool/commands/commands.h"
#include "tool/rehearse/hosted_domains.h"
#include "tool/rehearse/who.h"

namespace relaypermit {
namespace {

// Of anyone, in a sentence: a row would be wider than all others.
void print_anyone(const Context& context, const Permission& permission) {
    context.out << wrapped(permission.subject + ", " + joined(permission.conditions) + " (" +
                               permission.breaks + ")",
                           context.terminal.width, 2)
                << "\n";
}

void print(const Context& context, std::vector<Permission> permissions, bool of_login) {
    std::optional<Permission> anyone;
    if (!permissions.back().breaks.empty()) {
        anyone = std::move(permissions.back());
        permissions.pop_back();
    }
    Table table({{.title = {}, .style = Style::bold},
                 {.title = {}},
                 {.title = {}, .style = Style::dim},
                 {.wraps = true}});
    for (const Permission& permission : permissions) {
        table.add(
            {{of_login ? permission.sender : permission.subject},
             {permission.rule},
             {to_string(permission.place)},
             {joined(permission.conditions), permission.suspended ? Style::red : Style::plain}});
    }
    context.out << table.print(context.terminal, 2);
    if (anyone) print_anyone(context, *anyone);
}

void print_json(const Context& context, const std::vector<Permission>& permissions, bool of_login) {
    JsonWriter json{2};
    json.open_array();
    for (const Permission& permission : permissions) {
        json.open_object().key(of_login ? "sender" : "who");
        json.value(of_login ? permission.sender : permission.subject);
        json.key("rule").value(permission.rule).key("place").value(to_string(permission.place));
        json.key("conditions").values(permission.conditions);
        json.key("suspended").value(permission.suspended);
        json.key("closing_it").value(permission.breaks).close_object();
    }
    context.out << json.close_array().take() << "\n";
}

class WhoCommand final : public Command {
  public:
    [[nodiscard]] std::string_view name() const override { return "who"; }
    [[nodiscard]] std::string_view summary() const override {
        return "who may send as an address; as what a login may send";
    }
    void declare(Options& options) override {
        options.argument(address_, "ADDRESS", "who may send as it");
        options.value("--login", login_, "LOGIN", "as what it may send");
        options.example("relaypermit who orders@example.com");
        options.example("relaypermit who --login bob@example.com");
        options.epilogue("Exit code 0; 1 where nobody may, 2 where it cannot be told.");
    }
    [[nodiscard]] Exit run(const Context& context) override {
        if (address_.empty() == !login_)
            return complain(context, "name an ADDRESS or a --login, and not both");
        const auto loaded = load_or_complain(context, context.config);
        if (!loaded) return Exit::failed;
        return login_ ? of_login(context, *loaded) : of_address(context, *loaded);
    }

  private:
    // Says where it is not known whether a domain is hosted here; whether a table has it.
    static bool hosted_by_table(const Context& context, const Policy& policy,
                                const std::vector<TableAnswer>& answers,
                                const std::string& domain) {
        const Match hosted = hosted_by(policy, answers, domain);
        if (hosted == Match::unknown)
            for (const TableAnswer& answer : answers)
                if (!answer.known && contains(hosted_domain_tables(policy.source()), answer.table))
                    context.err << "warning: domain table " << visible(answer.table)
                                << " gives no answer: " << visible(answer.why) << ": whether "
                                << visible(domain) << " is hosted here is not known\n";
        return hosted == Match::yes && !policy.hosted(domain);
    }
    static bool contains(const std::vector<std::string>& ids, const std::string& id) {
        return std::find(ids.begin(), ids.end(), id) != ids.end();
    }
    Exit of_address(const Context& context, const Loaded& loaded) const {
        auto address = parse_address(address_);
        if (!address || address->domain.empty())
            return complain(context, "`" + visible(address_) + "` is not an address" +
                                         (address ? "" : ": " + address.error().why));
        TableAnswers tables(loaded, context.err);
        const auto answers = tables.about(*address);
        address->in_hosted_table =
            hosted_by_table(context, *loaded.policy, answers, address->domain);
        const auto found = who_may_send_as(*loaded.policy, *address, context.now, answers);
        return show(context, found, false,
                    "may send as " + context.terminal.paint(Style::bold, to_string(*address)),
                    "nobody may send as " + to_string(*address));
    }
    Exit of_login(const Context& context, const Loaded& loaded) const {
        const Policy& policy = *loaded.policy;
        auto login = read_login(policy.source(), *login_, Mta::postfix);
        if (!login) return complain(context, login.error().why);
        TableAnswers tables(loaded, context.err);
        const auto answers = tables.of(*login);
        login->in_hosted_table = hosted_by_table(context, policy, answers, login->realm);
        const auto found = what_may_send(policy, *login, answers, context.now);
        return show(context, found, true,
                    context.terminal.paint(Style::bold, to_string(*login)) + " may send as",
                    to_string(*login) + " may send as nothing");
    }
    static Exit show(const Context& context, const std::vector<Permission>& found, bool of_login,
                     const std::string& heading, const std::string& none) {
        // What any login may do is nothing that this one was given.
        const bool nothing = std::all_of(found.begin(), found.end(), [&](const Permission& one) {
            return of_login && one.rule == bounce_rule;
        });
        if (context.json) {
            print_json(context, found, of_login);
        } else if (found.empty()) {
            context.out << visible(none) << "\n";
        } else {
            context.out << (nothing ? visible(none) + " of its own" : heading) << ":\n";
            print(context, found, of_login);
        }
        return nothing ? Exit::finding : Exit::fine;
    }

    std::string address_{};
    std::optional<std::string> login_{};
};

}  // namespace

std::unique_ptr<Command> make_who_command() {
    return std::make_unique<WhoCommand>();
}

}  // namespace relaypermit
