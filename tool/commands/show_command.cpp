// relaypermit show: the whole policy in force, defaults included.
#include <ostream>

#include "record/json_writer.h"
#include "tool/base/policy_loading.h"
#include "tool/commands/commands.h"
#include "tool/rehearse/policy_as_toml.h"

namespace relaypermit {
namespace {

class ShowCommand final : public Command {
  public:
    [[nodiscard]] std::string_view name() const override { return "show"; }
    [[nodiscard]] std::string_view summary() const override {
        return "the whole policy, defaults included, as TOML";
    }
    void declare(Options& options) override {
        options.example("relaypermit show | less");
        options.epilogue(
            "policy.toml and policy.d in one, as the daemon would read them now. What is printed "
            "is a policy file; [[test]] entries are left out. With --json: the files that were "
            "read, and that text.\n"
            "Exit code 0; 2 where the policy has an error.");
    }
    [[nodiscard]] Exit run(const Context& context) override {
        const auto loaded = load_or_complain(context, context.config);
        if (!loaded) return Exit::failed;
        const std::string text = policy_as_toml(*loaded);
        if (context.json) {
            JsonWriter json;
            json.open_object().key("files").values(loaded->files);
            json.key("policy").value(text).close_object();
            context.out << json.take() << "\n";
        } else {
            context.out << text;
        }
        return Exit::fine;
    }
};

}  // namespace

std::unique_ptr<Command> make_show_command() {
    return std::make_unique<ShowCommand>();
}

}  // namespace relaypermit
