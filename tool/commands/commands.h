// The table of subcommands, in the order in which --help lists them. One thread.
#pragma once

#include <memory>

#include "tool/base/command.h"

namespace relaypermit {

[[nodiscard]] std::unique_ptr<Command> make_check_command();
[[nodiscard]] std::unique_ptr<Command> make_test_command();
[[nodiscard]] std::unique_ptr<Command> make_explain_command();
[[nodiscard]] std::unique_ptr<Command> make_who_command();
[[nodiscard]] std::unique_ptr<Command> make_show_command();
[[nodiscard]] std::unique_ptr<Command> make_footers_command();
[[nodiscard]] std::unique_ptr<Command> make_guide_command();
[[nodiscard]] std::unique_ptr<Command> make_suspend_command();
[[nodiscard]] std::unique_ptr<Command> make_resume_command();
[[nodiscard]] std::unique_ptr<Command> make_status_command();
[[nodiscard]] std::unique_ptr<Command> make_reload_command();
[[nodiscard]] std::unique_ptr<Command> make_ping_command();
[[nodiscard]] std::unique_ptr<Command> make_doctor_command();
[[nodiscard]] std::unique_ptr<Command> make_log_command();
[[nodiscard]] std::unique_ptr<Command> make_replay_command();
[[nodiscard]] std::unique_ptr<Command> make_import_command();
[[nodiscard]] std::unique_ptr<Command> make_report_command();
[[nodiscard]] std::unique_ptr<Command> make_suggest_command();
[[nodiscard]] std::unique_ptr<Command> make_sasl_property_command();
[[nodiscard]] std::unique_ptr<Command> make_table_command();

[[nodiscard]] Commands all_commands();

}  // namespace relaypermit
