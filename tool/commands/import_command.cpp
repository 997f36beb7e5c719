// relaypermit import: the rules that a mail server has today, as a policy that decides the same.
#include <algorithm>
#include <filesystem>
#include <functional>
#include <optional>
#include <ostream>
#include <set>

#include "config/counted.h"
#include "config/host_name.h"
#include "record/json_writer.h"
#include "tool/base/file_text.h"
#include "tool/base/policy_loading.h"
#include "tool/base/replace_file.h"
#include "tool/base/table_answers.h"
#include "tool/base/visible.h"
#include "tool/commands/commands.h"
#include "tool/inspect/decisions.h"
#include "tool/wiring/csv_import.h"
#include "tool/wiring/import_compare.h"
#include "tool/wiring/logical_lines.h"
#include "tool/wiring/postfix_import.h"
#include "tool/wiring/sendmail_import.h"

namespace relaypermit {
namespace {

class ImportCommand final : public Command {
  public:
    [[nodiscard]] std::string_view name() const override { return "import"; }
    [[nodiscard]] std::string_view summary() const override {
        return "the rules that a mail server has today, as a policy";
    }
    void declare(Options& options) override {
        options.value("--postfix", postfix_, "DIR", "the directory of a Postfix' main.cf");
        options.value("--sendmail", sendmail_, "FILE", "the sendmail.cf of a Sendmail");
        options.value("--csv", csv_, "FILE", "a list: a login and a sender on each line");
        options.value("--out", out_, "FILE", "the policy to write; default: standard output");
        options.value("--logins", logins_, "FILE",
                      "all logins that there are, one a line: what is true of each becomes a rule");
        options.flag("--compare", compare_,
                     "ask Postfix' own tables too, for each login and sender known, and say where "
                     "the policy decides otherwise; nothing is written");
        options.value("--policy", policy_, "FILE",
                      "with --compare: this policy in place of the imported one");
        source_.declare_source(options);
        options.example("relaypermit import --postfix /etc/postfix --compare --policy policy.toml");
        options.example("relaypermit import --postfix /etc/postfix --out policy.toml");
        options.example(
            "doveadm user '*' > logins && relaypermit import --postfix /etc/postfix "
            "--logins logins");
        options.epilogue(
            "Reads smtpd_sender_login_maps and the reject_*_sender_login_mismatch in force, the "
            "domains, networks and submission services of a Postfix, and writes a policy that "
            "decides the same about envelope senders; what Postfix does not look at, such as "
            "From, is monitored. Above each entry stands the file and line that it came from. "
            "What cannot be carried over is listed in full at the end of the policy and on "
            "standard error; where it permitted something, the policy refuses it, and what Postfix "
            "refuses beyond the policy stands apart. FILE must not be there yet. --sendmail reads "
            "class w, class R and RELAY of the access map.\n"
            "--compare asks each table by postmap, in the order in which Postfix does, and decides "
            "each pair by the policy; with --store or --maillog the pairs of the record, too, and "
            "with "
            "--logins each of these. With "
            "--json: the policy as `policy`, the list as `left_out` (`postfix_refuses`: beyond the "
            "policy); with --compare `pairs`, "
            "`differences` and, of tables that ask a server, `unlisted`.\n"
            "Exit code 0; 1 where something could not be carried over, or differs; 2 where the "
            "configuration "
            "cannot be read.");
    }
    [[nodiscard]] Exit run(const Context& context) override {
        if ((postfix_.empty() ? 0 : 1) + (sendmail_.empty() ? 0 : 1) + (csv_.empty() ? 0 : 1) != 1)
            return complain(context,
                            "import needs one of --postfix DIR, --sendmail FILE and --csv FILE");
        if (compare_ && (postfix_.empty() || !out_.empty()))
            return complain(context, "--compare goes with --postfix, and writes nothing");
        std::error_code error;
        if (!out_.empty() && std::filesystem::exists(out_, error))
            return complain(context, out_ + " is there already: name a new file");
        std::set<std::string> logins;
        if (!logins_.empty()) {
            const auto text = file_text(logins_);
            if (!text) return complain(context, logins_ + " cannot be read");
            for (const LogicalLine& line : logical_lines(*text)) logins.insert(line.text);
        }
        ImportedPolicy policy;
        if (!csv_.empty()) {
            const auto text = file_text(csv_);
            if (!text) return complain(context, csv_ + " cannot be read");
            policy = import_csv(*text, csv_);
        } else if (!sendmail_.empty()) {
            auto read = import_sendmail(sendmail_);
            if (!read) return complain(context, read.error());
            policy = *std::move(read);
        } else {
            const auto settings = read_postfix_settings(postfix_);
            if (!settings) return complain(context, settings.error());
            PostfixImport imported = import_postfix(*settings, logins);
            if (compare_) return compare(context, imported, std::move(logins));
            policy = std::move(imported.policy);
        }
        return write(context, policy);
    }

  private:
    [[nodiscard]] Exit compare(const Context& context, const PostfixImport& imported,
                               std::set<std::string> logins) const {
        const Loaded loaded =
            policy_.empty()
                ? load_policy_text(imported_policy_text(imported.policy), "policy", host_name())
                : load_policy(policy_, host_name());
        for (const Diagnostic& diagnostic : loaded.errors)
            context.err << to_string(diagnostic) << "\n";
        if (!loaded.policy) return Exit::failed;
        KnownPairs known{{}, std::move(logins)};
        if (source_.store || !source_.maillogs.empty()) {
            const auto decisions = open_decisions(source_, context);
            if (!decisions) return complain(context, decisions.error());
            const auto notes = (*decisions)->each({}, false, [&](Decision&& decision) {
                const Record& record = decision.record();
                if (!record.login.empty() && record.sender.find('@') != std::string::npos)
                    known.recorded.emplace(record.login, record.sender);
                return true;
            });
            if (!notes) return complain(context, notes.error());
            if (const Exit exit = relaypermit::say(context, *notes); exit != Exit::fine)
                return exit;
        }
        TableAnswers tables(loaded, context.err);
        const auto compared = compare_import(*loaded.policy, imported, known, std::ref(tables));
        if (!compared) return complain(context, compared.error());
        if (context.json)
            say_json(context, *compared);
        else
            say(context, *compared, known.recorded.size());
        return compared->differences.empty() ? Exit::fine : Exit::finding;
    }

    static void say(const Context& context, const Comparison& compared, std::size_t recorded) {
        context.out << counted(compared.pairs, "pair") << " of "
                    << counted(compared.logins, "login") << " and "
                    << counted(compared.senders, "sender");
        if (recorded > 0) context.out << ", " << with_commas(recorded) << " of them on record";
        if (compared.differences.empty())
            context.out << ": no difference\n";
        else
            context.out << ": " << counted(compared.differences.size(), "difference") << "\n";
        for (const PairDifference& one : compared.differences)
            context.out << "  " << visible(one.login) << " as " << visible(one.sender)
                        << (one.postfix_permits ? ": Postfix permits it, the policy refuses it ("
                                                : ": Postfix refuses it, the policy permits it (")
                        << one.why << ")\n";
        for (const std::string& table : compared.unlisted)
            context.out << visible(table)
                        << " lists nothing: compared is what the record and --logins name, and "
                           "the logins that it answers with\n";
    }

    static void say_json(const Context& context, const Comparison& compared) {
        JsonWriter json;
        json.open_object()
            .key("pairs")
            .value(compared.pairs)
            .key("logins")
            .value(compared.logins)
            .key("senders")
            .value(compared.senders)
            .key("differences")
            .open_array();
        for (const PairDifference& one : compared.differences)
            json.open_object()
                .key("login")
                .value(one.login)
                .key("sender")
                .value(one.sender)
                .key("postfix_permits")
                .value(one.postfix_permits)
                .key("why")
                .value(one.why)
                .close_object();
        json.close_array().key("unlisted").open_array();
        for (const std::string& table : compared.unlisted) json.value(table);
        json.close_array().close_object();
        context.out << json.take() << "\n";
    }

    [[nodiscard]] Exit write(const Context& context, const ImportedPolicy& policy) const {
        const std::string text = imported_policy_text(policy);
        const Loaded loaded = load_policy_text(text, "policy", host_name());
        for (const Diagnostic& diagnostic : loaded.errors)
            context.err << to_string(diagnostic) << "\n";
        if (!loaded.errors.empty())
            return complain(context, "what came out is no sound policy: a mistake of import");
        if (!out_.empty())
            if (const auto written = replace_file(out_, text, Readers{0644, {}}); !written)
                return complain(context, out_ + " cannot be written: " + written.error());
        std::vector<NotImported> left_out = all_left_out(policy);
        left_out.erase(std::remove_if(left_out.begin(), left_out.end(),
                                      [](const NotImported& one) { return one.inert; }),
                       left_out.end());
        if (context.json)
            say_json(context, policy, text, left_out);
        else
            say(context, policy, text, left_out);
        return left_out.empty() ? Exit::fine : Exit::finding;
    }

    void say(const Context& context, const ImportedPolicy& policy, const std::string& text,
             const std::vector<NotImported>& left_out) const {
        if (out_.empty()) context.out << text;
        std::ostream& summary = out_.empty() ? context.err : context.out;
        std::size_t members = 0;
        for (const ImportedGroup& group : policy.owners.groups) members += group.members.size();
        summary << (out_.empty() ? std::string("imported") : out_ + " written") << " from "
                << policy.source << ": " << counted(policy.owners.grants.size(), "grant", "grants");
        if (members > 0) summary << ", " << counted(members, "own address", "own addresses");
        summary << ", " << counted(policy.hosted_domains.size(), "hosted domain", "hosted domains")
                << ", ";
        if (!policy.domain_tables.empty())
            summary << counted(policy.domain_tables.size(), "domain table", "domain tables")
                    << ", ";
        summary << counted(policy.trusted_networks.size(), "trusted network", "trusted networks")
                << "\n";
        if (left_out.empty()) return;
        summary << counted(left_out.size(), "entry", "entries") << " could not be carried over:\n";
        for (const NotImported& one : left_out)
            summary << "  " << visible(to_string(one.origin)) << ": "
                    << visible(one.what.substr(0, one.what.find('\n'))) << ": " << visible(one.why)
                    << (one.postfix_refuses ? " (what it refuses, the policy permits)\n" : "\n");
    }

    void say_json(const Context& context, const ImportedPolicy& policy, const std::string& text,
                  const std::vector<NotImported>& left_out) const {
        JsonWriter json;
        json.open_object().key("source").value(policy.source).key("policy").value(text);
        if (!out_.empty()) json.key("out").value(out_);
        json.key("grants").value(policy.owners.grants.size()).key("left_out").open_array();
        for (const NotImported& one : left_out)
            json.open_object()
                .key("file")
                .value(one.origin.file)
                .key("line")
                .value(one.origin.line)
                .key("what")
                .value(one.what)
                .key("why")
                .value(one.why)
                .key("postfix_refuses")
                .value(one.postfix_refuses)
                .close_object();
        json.close_array().close_object();
        context.out << json.take() << "\n";
    }

    std::string postfix_{};
    std::string sendmail_{};
    std::string csv_{};
    std::string out_{};
    std::string logins_{};
    std::string policy_{};
    bool compare_{};
    DecisionOptions source_{"", DecisionOptions::Maillogs::whole};
};

}  // namespace

std::unique_ptr<Command> make_import_command() {
    return std::make_unique<ImportCommand>();
}

}  // namespace relaypermit
