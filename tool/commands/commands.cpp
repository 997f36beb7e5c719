// The one place that names every subcommand.
#include "tool/commands/commands.h"

namespace relaypermit {

Commands all_commands() {
    Commands commands;
    // The policy: before it is live.
    commands.push_back(make_import_command());
    commands.push_back(make_check_command());
    commands.push_back(make_test_command());
    commands.push_back(make_explain_command());
    commands.push_back(make_who_command());
    commands.push_back(make_show_command());
    commands.push_back(make_footers_command());
    commands.push_back(make_guide_command());
    commands.push_back(make_replay_command());

    // The running daemon.
    commands.push_back(make_status_command());
    commands.push_back(make_ping_command());
    commands.push_back(make_doctor_command());
    commands.push_back(make_reload_command());
    commands.push_back(make_suspend_command());
    commands.push_back(make_resume_command());

    // What happened.
    commands.push_back(make_log_command());
    commands.push_back(make_report_command());
    commands.push_back(make_suggest_command());

    // Grants that are kept elsewhere.
    commands.push_back(make_sasl_property_command());
    commands.push_back(make_table_command());
    return commands;
}

}  // namespace relaypermit
