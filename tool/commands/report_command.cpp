// relaypermit report: who was refused, why, and what each should change.
#include <grp.h>
#include <sys/stat.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <ostream>

#include "config/load.h"
#include "tool/base/policy_loading.h"
#include "tool/base/progress.h"
#include "tool/base/replace_file.h"
#include "tool/base/visible.h"
#include "tool/commands/commands.h"
#include "tool/inspect/decisions.h"
#include "tool/inspect/report.h"
#include "tool/inspect/report_html.h"
#include "tool/inspect/report_mail.h"
#include "tool/inspect/report_page.h"

namespace relaypermit {
namespace {

// "0640" or "640"; at most what chmod(1) takes of read and write: a page is no program.
std::optional<mode_t> parse_mode(std::string_view text) {
    unsigned mode = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, fault] = std::from_chars(text.data(), end, mode, 8);
    if (fault != std::errc{} || stop != end || (mode & ~0666U) != 0) return std::nullopt;
    return static_cast<mode_t>(mode);
}

// A page names people: it has its readers from the beginning, whatever was there before.
tl::expected<void, std::string> write_page(const std::string& path, std::string_view text,
                                           const Readers& readers) {
    struct stat status {};
    const bool is_stream = ::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode);
    const auto written = is_stream ? write_into(path, text) : replace_file(path, text, readers);
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
        options.value("--mode", mode_, "MODE", "of that file, in octal; default 0600");
        options.value("--group", group_, "GROUP", "of that file; default: that of who runs it");
        options.value("--mail-to", mail_to_, "ADDRESS", "write a whole message, for sendmail -t");
        options.example("relaypermit report --since 30d --html /tmp/refusals.html");
        options.example(
            "relaypermit report --html /var/www/refusals.html --mode 0640 --group www-data");
        options.example("relaypermit report --mail-to root | sendmail -t");
        options.epilogue(
            "The time before is as long as the one asked for and ends where that begins.\n"
            "Exit code 0; 2 where the record cannot be read.");
    }

    [[nodiscard]] Exit run(const Context& context) override {
        const auto readers = html_readers();
        if (!readers) return complain(context, readers.error());
        if (mail_to_) {
            if (html_ || context.json)
                return complain(context,
                                "--mail-to is a message of text: not with --html or --json");
            if (const std::string fault = recipient_fault(*mail_to_); !fault.empty())
                return complain(context, "--mail-to: `" + visible(*mail_to_) + "` " + fault);
        }
        const auto span = time_span(source_, context.now);
        if (!span) return complain(context, span.error());
        auto decisions = open_decisions(source_, context);
        if (!decisions) return complain(context, decisions.error());
        // Mail logs may be read where there is no policy, and may be another machine's.
        Report report{*span, context.now + std::chrono::seconds{1},
                      load_subaddress_delimiter(context.config)};
        Progress progress{context, "decisions read"};
        const auto filled = fill(report, **decisions, progress);
        progress.clear();
        if (!filled) return complain(context, filled.error());
        if (const Exit exit = say(context, *filled); exit != Exit::fine) return exit;
        const std::string server = load_server_name(context.config);
        if (html_) {
            const std::string page = report_as_html(report, server.empty() ? host_name() : server);
            if (*html_ == "-")
                context.out << page;
            else if (const auto written = write_page(*html_, page, *readers); !written)
                return complain(context, written.error());
            return Exit::fine;
        }
        if (mail_to_) {
            context.out << report_as_mail(report, *mail_to_, server.empty() ? host_name() : server);
            return Exit::fine;
        }
        context.out << (context.json ? report_as_json(report, server)
                                     : report_as_text(report, context.terminal, server));
        return Exit::fine;
    }

  private:
    [[nodiscard]] tl::expected<Readers, std::string> html_readers() const {
        if ((mode_ || group_) && (!html_ || *html_ == "-"))
            return tl::unexpected(std::string("--mode and --group are for the file of --html"));
        Readers readers;
        if (mode_) {
            const auto mode = parse_mode(*mode_);
            if (!mode)
                return tl::unexpected("--mode: `" + visible(*mode_) +
                                      "` is no mode of a page (0640, 0644)");
            readers.mode = *mode;
        }
        if (group_) {
            const group* const entry = ::getgrnam(group_->c_str());
            if (entry == nullptr)
                return tl::unexpected("--group: there is no group `" + visible(*group_) + "`");
            readers.group = entry->gr_gid;
        }
        return readers;
    }

    static tl::expected<ReadNotes, std::string> fill(Report& report, Decisions& decisions,
                                                     Progress& progress) {
        // Accepted messages are only counted, which the store does by itself.
        const auto accepted = decisions.accepted(report.span());
        if (!accepted) return tl::unexpected(accepted.error());
        const TimeSpan both{report.before().since, report.span().until};
        const auto read = decisions.each(both, accepted->has_value(), [&](Decision&& decision) {
            progress.step();
            report.add(decision);
            return true;
        });
        if (!read) return tl::unexpected(read.error());
        report.add_accepted(accepted->value_or(0));
        auto gaps = decisions.gaps(report.span());
        if (!gaps) return tl::unexpected(gaps.error());
        report.set_gaps(std::move(*gaps));
        const auto begins = decisions.begins();
        if (!begins) return tl::unexpected(begins.error());
        report.set_beginning(*begins);
        return *read;
    }

    DecisionOptions source_{"7d"};
    std::optional<std::string> html_{};
    std::optional<std::string> mode_{};
    std::optional<std::string> group_{};
    std::optional<std::string> mail_to_{};
};

}  // namespace

std::unique_ptr<Command> make_report_command() {
    return std::make_unique<ReportCommand>();
}

}  // namespace relaypermit
