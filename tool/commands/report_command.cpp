// relaypermit report: who was refused, why, and what each should change.
#include <sys/stat.h>

#include <ostream>

#include "tool/base/policy_loading.h"
#include "tool/base/replace_file.h"
#include "tool/base/text.h"
#include "tool/commands/commands.h"
#include "tool/inspect/decisions.h"
#include "tool/inspect/report.h"
#include "tool/inspect/report_html.h"
#include "tool/inspect/report_page.h"

namespace relaypermit {
namespace {

// A page names people: whatever was there before, it is readable by its owner alone.
tl::expected<void, std::string> write_page(const std::string& path, std::string_view text) {
    struct stat status {};
    const bool is_stream = ::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode);
    const auto written = is_stream ? write_into(path, text) : replace_file(path, text);
    if (!written) return tl::unexpected("`" + visible(path) + "`: " + written.error());
    return {};
}

class ReportCommand final : public Command {
  public:
    [[nodiscard]] std::string_view name() const override { return "report"; }
    [[nodiscard]] std::string_view summary() const override {
        return "refusals by cause, login, sender and network, and what is new";
    }

    void declare(Options& options) override {
        source_.declare(options);
        options.value("--html", html_, "FILE", "write one self-contained HTML file; `-`: here");
        options.example("relaypermit report --since 30d --html /tmp/refusals.html");
        options.epilogue(
            "The time before is as long as the one asked for and ends where that begins.\n"
            "Exit code 0; 2 where the record cannot be read.");
    }

    [[nodiscard]] Exit run(const Context& context) override {
        const auto span = time_span(source_, context.now);
        if (!span) {
            return complain(context, span.error());
        }
        auto decisions = open_decisions(source_, context);
        if (!decisions) {
            return complain(context, decisions.error());
        }
        Report report{*span, context.now + std::chrono::seconds{1}};
        const auto filled = fill(report, **decisions);
        if (!filled) {
            return complain(context, filled.error());
        }
        if (const Exit exit = say(context, *filled); exit != Exit::fine) {
            return exit;
        }
        if (html_) {
            const std::string page = report_as_html(report, host_name());
            if (*html_ == "-") {
                context.out << page;
            } else if (const auto written = write_page(*html_, page); !written) {
                return complain(context, written.error());
            }
            return Exit::fine;
        }
        context.out << (context.json ? report_as_json(report)
                                     : report_as_text(report, context.terminal));
        return Exit::fine;
    }

  private:
    static tl::expected<ReadNotes, std::string> fill(Report& report, Decisions& decisions) {
        // Accepted messages are only counted, which the store does by itself.
        const auto accepted = decisions.accepted(report.span());
        if (!accepted) {
            return tl::unexpected(accepted.error());
        }
        const TimeSpan both{report.before().since, report.span().until};
        const auto read = decisions.each(both, accepted->has_value(), [&](Decision&& decision) {
            report.add(decision);
            return true;
        });
        if (!read) {
            return tl::unexpected(read.error());
        }
        report.add_accepted(accepted->value_or(0));
        auto gaps = decisions.gaps(report.span());
        if (!gaps) {
            return tl::unexpected(gaps.error());
        }
        report.set_gaps(std::move(*gaps));
        const auto begins = decisions.begins();
        if (!begins) {
            return tl::unexpected(begins.error());
        }
        report.set_beginning(*begins);
        return *read;
    }

    DecisionOptions source_{"7d"};
    std::optional<std::string> html_{};
};

}  // namespace

std::unique_ptr<Command> make_report_command() {
    return std::make_unique<ReportCommand>();
}

}  // namespace relaypermit
