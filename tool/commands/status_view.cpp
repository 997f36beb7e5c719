#include "tool/commands/status_view.h"

#include <filesystem>
#include <system_error>

#include "tool/base/visible.h"
#include "tool/base/when.h"

namespace relaypermit {
namespace {

constexpr std::size_t label_width = 10;
constexpr std::size_t digits_shown = 12;  // of a checksum

class Lines {
  public:
    explicit Lines(const Terminal& terminal) : terminal_(terminal) {}

    // The label only before the first of its lines.
    void add(std::string_view label, const std::string& text, Style style = Style::plain) {
        const std::string shown = label == last_ ? std::string() : std::string(label);
        last_ = label;
        text_ += "  " + terminal_.paint(Style::dim, padded(shown, label_width)) +
                 terminal_.paint(style, visible(text)) + "\n";
    }
    void heading(const std::string& text) {
        text_ += terminal_.paint(Style::bold, visible(text)) + "\n";
    }
    [[nodiscard]] std::string take() { return std::move(text_); }

  private:
    const Terminal& terminal_;
    std::string last_{};
    std::string text_{};
};

// Empty where the policy is that of the files as they were read.
std::string words_for_older(const DaemonStatus& status) {
    if (!status.kept_over_a_crash && !status.suspensions_on_top) return {};
    std::string words = "an older policy";
    if (status.kept_over_a_crash) words += ", kept in memory over a crash of the daemon";
    if (status.suspensions_on_top)
        words += status.reload.suspensions_in_force
                     ? ", with the suspensions of policy.d as they are now"
                     : ", with the suspensions of policy.d as they last could be read";
    return words;
}

void add_suspensions(Lines& lines, const DaemonStatus& status) {
    for (const SuspensionStatus& one : status.suspensions) {
        const std::string name = one.login.empty() ? one.rule + " at " + one.place : one.login;
        if (one.ended) {
            lines.add(
                "ended",
                name + ": on " + one.until +
                    (one.login.empty() ? "; remove it there"
                                       : "; `relaypermit resume " + one.login + "` removes it"),
                Style::dim);
            continue;
        }
        lines.add("suspended",
                  name + (one.since.empty() ? "" : " from " + one.since) +
                      (one.until.empty() ? ", without an end" : " until " + one.until) +
                      (one.note.empty() ? "" : ": " + one.note));
    }
    if (status.suspension_count > status.suspensions.size())
        lines.add(status.suspensions.back().ended ? "ended" : "suspended",
                  with_commas(status.suspension_count - status.suspensions.size()) + " more");
}

void add_policy(Lines& lines, const DaemonStatus& status) {
    lines.add("policy", status.policy + ": " + status.summary);
    lines.add("policy", "in force since " + date_and_time(status.since) +
                            (status.changed.empty() ? ", the same as on disk" : ""));
    if (const std::string older = words_for_older(status); !older.empty())
        lines.add("policy", older, Style::yellow);
    for (const std::string& file : status.changed) {
        std::error_code none;
        const bool gone = !exists(std::filesystem::symlink_status(file, none)) && !none;
        lines.add("policy", (gone ? "gone from disk: " : "not as on disk: ") + file, Style::yellow);
    }
    for (const ReadFile& file : status.files)
        lines.add("files", file.checksum.substr(0, digits_shown) + "  " + file.name);
}

void add_reload(Lines& lines, const DaemonStatus& status) {
    const ReloadReport& reload = status.reload;
    const std::string when = date_and_time(reload.when);
    if (reload.loaded) {
        lines.add("read",
                  when + ", without mistakes" +
                      (reload.failed.empty() ? "" : "; not all of it could be taken up"),
                  reload.failed.empty() ? Style::plain : Style::red);
    } else {
        lines.add("read", when + ": " + counted(reload.mistake_count, "mistake") + ", not loaded",
                  Style::red);
    }
    for (const std::string& mistake : reload.mistakes) lines.add("read", mistake);
    for (const std::string& fault : reload.suspension_faults)
        lines.add("read", "suspensions not loaded: " + fault, Style::red);
    for (const std::string& why : reload.failed) lines.add("read", why, Style::red);
    for (const std::string& warning : reload.warnings) lines.add("read", warning, Style::yellow);
}

}  // namespace

std::vector<std::string> troubles_of(const DaemonStatus& status) {
    std::vector<std::string> troubles;
    if (!status.reload.loaded)
        troubles.push_back(
            status.kept_over_a_crash
                ? "the daemon has crashed, and its files have mistakes: the policy that it kept in "
                  "memory is in force"
                : "the last reload found mistakes: an older policy is in force");
    else if (!status.changed.empty())
        troubles.emplace_back("the policy on disk is not the one in force");
    for (const std::string& warning : status.reload.warnings) troubles.push_back(warning);
    if (status.store && !status.store->trouble.empty())
        troubles.push_back("the store is in trouble: " + status.store->trouble);
    for (const TableStatus& table : status.tables)
        if (!table.trouble.empty()) troubles.push_back("table " + table.id + ": " + table.trouble);
    return troubles;
}

std::string status_as_text(const Daemon& daemon, const Terminal& terminal) {
    const DaemonStatus& status = daemon.status;
    Lines lines(terminal);
    lines.heading("relaypermitd " + status.version + ", process " + std::to_string(status.process) +
                  ", started " + date_and_time(status.started));
    add_policy(lines, status);
    add_reload(lines, status);
    add_suspensions(lines, status);
    for (const std::string& socket : status.sockets) lines.add("sockets", socket);
    lines.add("sessions", with_commas(status.sessions) + ", " +
                              counted(status.messages, "message") + " under way");
    if (status.store) {
        lines.add("store", status.store->path + ": " + with_commas(status.store->stored) +
                               " stored since the start, " + with_commas(status.store->waiting) +
                               " waiting, " + with_commas(status.store->dropped) + " lost");
        if (!status.store->trouble.empty()) lines.add("store", status.store->trouble, Style::red);
    }
    for (const TableStatus& table : status.tables)
        lines.add("tables", table.id + (table.trouble.empty() ? "" : ": " + table.trouble),
                  table.trouble.empty() ? Style::plain : Style::red);
    return lines.take();
}

void status_as_json(const Daemon& daemon, JsonWriter& json) {
    const DaemonStatus& status = daemon.status;
    json.open_object().key("process").value(status.process).key("version").value(status.version);
    json.key("started").value(rfc3339(status.started)).key("control").value(daemon.socket);
    json.key("policy").value(status.policy).key("summary").value(status.summary);
    json.key("since").value(rfc3339(status.since));
    json.key("suspensions_on_top").value(status.suspensions_on_top);
    json.key("kept_over_a_crash").value(status.kept_over_a_crash);
    json.key("suspension_count").value(status.suspension_count);
    json.key("suspensions").open_array();
    for (const SuspensionStatus& one : status.suspensions) {
        json.open_object().key("login");
        one.login.empty() ? json.null() : json.value(one.login);
        json.key("rule").value(one.rule).key("place").value(one.place).key("until");
        one.until.empty() ? json.null() : json.value(one.until);
        json.key("ended").value(one.ended).key("note").value(one.note).close_object();
    }
    json.close_array();
    json.key("files").open_array();
    for (const ReadFile& file : status.files)
        json.open_object()
            .key("name")
            .value(file.name)
            .key("sha256")
            .value(file.checksum)
            .close_object();
    json.close_array().key("changed").values(status.changed);
    json.key("reload").open_object().key("when").value(rfc3339(status.reload.when));
    json.key("loaded").value(status.reload.loaded).key("mistakes").values(status.reload.mistakes);
    json.key("suspension_faults").values(status.reload.suspension_faults);
    json.key("failed").values(status.reload.failed);
    json.key("warnings").values(status.reload.warnings).close_object();
    json.key("sockets").values(status.sockets).key("sessions").value(status.sessions);
    json.key("messages").value(status.messages).key("store");
    if (status.store)
        json.open_object()
            .key("path")
            .value(status.store->path)
            .key("stored")
            .value(status.store->stored)
            .key("waiting")
            .value(status.store->waiting)
            .key("lost")
            .value(status.store->dropped)
            .key("trouble")
            .value(status.store->trouble)
            .close_object();
    else
        json.null();
    json.key("tables").open_array();
    for (const TableStatus& table : status.tables)
        json.open_object()
            .key("id")
            .value(table.id)
            .key("trouble")
            .value(table.trouble)
            .close_object();
    json.close_array().key("troubles").values(troubles_of(status)).close_object();
}

}  // namespace relaypermit
