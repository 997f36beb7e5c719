// relaypermit log: the refusals on record.
#include "inspect/commands.h"

namespace relaypermit {
namespace {

class LogCommand final : public Command {
  public:
    [[nodiscard]] std::string_view name() const override { return "log"; }
    [[nodiscard]] std::string_view summary() const override {
        return "the refusals on record, newest last";
    }
    void declare(Options&) override {}
    [[nodiscard]] Exit run(const Context& context) override {
        return complain(context, "`log` is not there yet");
    }
};

}  // namespace

std::unique_ptr<Command> make_log_command() {
    return std::make_unique<LogCommand>();
}

}  // namespace relaypermit
