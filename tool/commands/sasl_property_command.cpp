// relaypermit sasl-property: reads and writes the sender patterns that Cyrus SASL keeps for a
// login, which SASL's own tools cannot.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <ostream>

#include "policy/login.h"
#include "policy/pattern.h"
#include "record/json_writer.h"
#include "tables/sasl_table.h"
#include "tool/base/policy_loading.h"
#include "tool/base/visible.h"
#include "tool/commands/commands.h"

namespace relaypermit {
namespace {

using Senders = std::vector<std::string>;

// Where the property is.
struct Place {
    std::string directory{};
    std::string property{};
    std::string default_realm{};
    std::vector<LoginForm> forms{};
};

// One change at a time among all processes that use this tool, from reading to writing: sasldb has
// no lock of its own. Where the file cannot be opened libsasl2 does not start either.
class ChangeLock {
  public:
    explicit ChangeLock(const std::string& directory)
        : file_(::open((directory + "/relaypermit.conf").c_str(),
                       O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
        if (file_ >= 0) (void)::flock(file_, LOCK_EX);
    }
    ~ChangeLock() {
        if (file_ >= 0) ::close(file_);
    }
    ChangeLock(const ChangeLock&) = delete;
    ChangeLock& operator=(const ChangeLock&) = delete;

  private:
    const int file_;
};

bool contains(const Senders& senders, const std::string& sender) {
    return std::find(senders.begin(), senders.end(), sender) != senders.end();
}

class SaslPropertyCommand final : public Command {
  public:
    [[nodiscard]] std::string_view name() const override { return "sasl-property"; }
    [[nodiscard]] std::string_view summary() const override {
        return "which senders Cyrus SASL grants to a login: list, set, add, del";
    }

    void declare(Options& options) override {
        options.argument(login_, "LOGIN", "whose property");
        options.argument(action_, "ACTION", "list, set, add or del; default list");
        options.arguments(values_, "VALUE", "sender patterns, as in [[alias]]");
        options.value("--table", table_, "ID",
                      "the [[alias_table]] of the policy; needed where it has several of SASL");
        options.value("--directory", directory_, "DIR",
                      "that holds relaypermit.conf, in place of the policy's table");
        options.value("--property", property_, "NAME", "with --directory; default sendAs");
        options.flag("--force", force_, "set or add also for a login that SASL does not know");
        options.example("relaypermit sasl-property bob@example.com");
        options.example("relaypermit sasl-property bob@example.com add orders@example.com");
        options.epilogue(
            "set puts the values in place of all that there were; add and del leave the others. "
            "Where answers are cached (cache_s) a change counts when they expire.\n"
            "Exit code 0; 1 where del finds nothing to take away; 2 where the property cannot be "
            "read or written.");
    }

    [[nodiscard]] Exit run(const Context& context) override {
        if (login_.empty()) return complain(context, "sasl-property needs a LOGIN");
        if (const std::string why = misuse(); !why.empty()) return complain(context, why);
        const auto place = find_place(context);
        if (!place) return Exit::failed;
        const auto login =
            canonical_login(login_, Mta::postfix, place->default_realm, place->forms);
        if (!login) return complain(context, "`" + visible(login_) + "`: " + login.error().why);
        auto table = SaslTable::open(place->directory, place->property);
        if (!table) return complain(context, table.error());

        std::optional<ChangeLock> lock;
        if (action_ != "list") lock.emplace(place->directory);
        const TableResult before = (*table)->look_up(key_of(*login));
        if (!before.known) return complain(context, before.why);
        const bool is_unknown = !before.login_exists.value_or(true);
        if (is_unknown && !force_ && (action_ == "set" || action_ == "add"))
            // In sasldb the property alone would make it an account, without a password.
            return complain(context, "SASL does not know the login " + visible(to_string(*login)) +
                                         ": --force keeps senders for it nevertheless");
        const Senders after = changed(before.values);
        if (after != before.values) {
            if (const auto stored = (*table)->store(*login, after); !stored)
                return complain(context, stored.error());
        }
        if (is_unknown)
            context.err << "relaypermit: SASL does not know the login "
                        << visible(to_string(*login)) << "\n";
        print(context, *login, after);
        return action_ == "del" && after == before.values ? Exit::finding : Exit::fine;
    }

  private:
    // What is wrong with the arguments; empty: nothing.
    [[nodiscard]] std::string misuse() const {
        if (action_ != "list" && action_ != "set" && action_ != "add" && action_ != "del")
            return "`" + visible(action_) + "` is none of list, set, add and del";
        if (action_ == "list") return values_.empty() ? "" : "list takes no values";
        if (values_.empty()) return action_ + " needs at least one VALUE";
        if (action_ == "del") return {};  // also what was never a pattern can go
        for (const std::string& value : values_)
            if (const auto pattern = Pattern::parse(value, PatternRole::sender); !pattern)
                return "`" + visible(value) + "` is no sender pattern: " + pattern.error().why;
        return {};
    }

    [[nodiscard]] std::optional<Place> find_place(const Context& context) const {
        if (!directory_.empty()) return Place{directory_, property_, {}, {}};
        const auto loaded = load_or_complain(context, context.config);
        if (!loaded) return std::nullopt;
        std::vector<const TableSettings*> found;
        for (const TableSettings& table : loaded->settings.tables)
            if (std::holds_alternative<SaslSettings>(table.of_kind) &&
                (table_.empty() || table.id == table_))
                found.push_back(&table);
        if (found.size() == 1) {
            const auto& sasl = std::get<SaslSettings>(found.front()->of_kind);
            return Place{sasl.directory, sasl.property, loaded->policy->source().default_realm,
                         loaded->policy->source().login_forms};
        }
        const std::string of = " [[alias_table]] of type sasl in " + visible(context.config);
        if (!found.empty())
            complain(context, "more than one" + of + ": say which with --table");
        else if (table_.empty())
            complain(context, "no" + of);
        else
            complain(context, "no `" + visible(table_) + "` among the" + of);
        return std::nullopt;
    }

    [[nodiscard]] Senders changed(Senders senders) const {
        if (action_ == "set") senders.clear();
        if (action_ == "set" || action_ == "add")
            for (const std::string& value : values_)
                if (!contains(senders, value)) senders.push_back(value);
        if (action_ == "del")
            std::erase_if(senders,
                          [this](const auto& sender) { return contains(values_, sender); });
        std::sort(senders.begin(), senders.end());
        return senders;
    }

    static void print(const Context& context, const Login& login, const Senders& senders) {
        if (context.json) {
            JsonWriter json;
            json.open_object().key("login").value(to_string(login));
            context.out << json.key("senders").values(senders).close_object().take() << "\n";
            return;
        }
        for (const std::string& sender : senders) context.out << visible(sender) << "\n";
    }

    std::string login_{};
    std::string action_{"list"};
    Senders values_{};
    std::string table_{};
    std::string directory_{};
    std::string property_{"sendAs"};
    bool force_{};
};

}  // namespace

std::unique_ptr<Command> make_sasl_property_command() {
    return std::make_unique<SaslPropertyCommand>();
}

}  // namespace relaypermit
