#include "milter/daemon.h"

#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "config/folder_lock.h"
#include "config/host_name.h"
#include "config/kept_policy.h"
#include "config/table_kind.h"
#include "config/version.h"
#include "milter/configured_tables.h"
#include "milter/control.h"
#include "milter/control_socket.h"
#include "milter/front_ends.h"
#include "milter/metrics_families.h"
#include "milter/milter_server.h"
#include "milter/notify.h"
#include "milter/packet_guard.h"
#include "milter/record_sinks.h"
#include "milter/resources.h"
#include "milter/signals.h"
#include "milter/sockets.h"
#include "milter/supervisor.h"
#include "milter/tables_report.h"
#include "milter/watchdog.h"

namespace relaypermit {

namespace {

// How long TERM waits for messages between MAIL and their end. With what else an end takes it has
// to stay below 5 s.
constexpr std::chrono::milliseconds end_grace{2000};
constexpr std::chrono::milliseconds end_step{10};
// What the mail server has connected for by the end, and not yet said.
constexpr std::chrono::milliseconds end_arrival{50};
// For sessions without a message: a client may be idle for minutes.
constexpr std::chrono::milliseconds idle_grace{1000};

int report_mistakes(const Loaded& loaded) {
    for (const Diagnostic& diagnostic : loaded.errors) std::cerr << to_string(diagnostic) << "\n";
    return EX_CONFIG;
}

void warn_of_surroundings(Log& log, const std::vector<InheritedSocket>& inherited,
                          const std::vector<int>& served) {
    if (::geteuid() == 0)
        log.write(LogLevel::warning,
                  "running as root, which relaypermitd has no use for: start it as a user of its "
                  "own (User= in the systemd unit)");
    for (const InheritedSocket& socket : inherited)
        if (std::find(served.begin(), served.end(), socket.fd) == served.end())
            log.write(LogLevel::warning, "systemd handed over " + socket.name +
                                             ", which [listen] does not name: it is not served");
}

// Waits for the messages under way, and ends the process: libmilter does not give its threads
// back, and smfi_stop() itself may take 5 s. Where the socket outlives the process, nobody need
// notice: new sessions wait for the next one, and those that have begun get a while to end, since
// the mail server answers 4xx to the next message of one that is cut.
[[noreturn]] void end_process(Listener* milter, FrontEnds& front_ends, RecordSink& records,
                              Log& log) {
    const auto began = std::chrono::steady_clock::now();
    const auto within = [began](std::chrono::milliseconds grace) {
        return std::chrono::steady_clock::now() < began + grace;
    };
    const bool goes_on = milter != nullptr && milter->leave_to_next();
    if (goes_on) std::this_thread::sleep_for(end_arrival);
    while ((milter_messages_open() > 0 && within(end_grace)) ||
           (goes_on && milter_sessions_open() > 0 && within(idle_grace)))
        std::this_thread::sleep_for(end_step);
    const std::size_t cut = milter_messages_open();
    if (milter != nullptr) milter->remove_path();
    front_ends.remove_paths();
    records.close();
    log.write(LogLevel::info,
              cut == 0 ? std::string("ended")
                       : "ended with " + std::to_string(cut) +
                             " messages under way: their clients get a 4xx and send again");
    std::_Exit(EX_OK);
}

// For the process that serves after a crash. What is not kept costs nothing before that.
void note_kept(const tl::expected<void, std::string>& done, std::string_view what, Log& log) {
    if (!done)
        log.write(
            LogLevel::warning,
            std::string(what) + " cannot be kept in memory (" + done.error() +
                "): where its files have mistakes by the time of a crash, what serves then is "
                "an older one, or nobody");
}

// Whether a process that serves after a crash does so by what the one before it has kept.
struct OldPolicy {
    bool serves{};
    std::optional<std::string> suspensions{};  // as in KeptTexts
};

// The policy for a process that serves in the place of one that crashed. The file may be another
// one by now, and then counts as at a start; the sockets stay those that are open. Where it has
// mistakes, somebody is editing it: the last sound one serves, which is `old`.
Loaded load_again(const DaemonOptions& options, const KeptPolicy& kept, Log& log, OldPolicy& old) {
    std::vector<PolicyText> texts;
    Loaded loaded = load_policy(options.policy, host_name(), texts);
    if (loaded.policy) {
        note_kept(kept.keep(texts), "the policy", log);
        return loaded;
    }
    if (auto before = kept.read()) {
        Loaded last = load_kept_policy(before->policy, host_name());
        if (last.policy) {
            old = {true, std::move(before->suspensions)};
            log.write(LogLevel::error,
                      "the policy has mistakes by now: the last one that was read without any "
                      "serves on until they are mended");
            return last;
        }
    }
    for (const Diagnostic& diagnostic : loaded.errors)
        log.write(LogLevel::error, to_string(diagnostic));
    log.write(LogLevel::error,
              "the policy has mistakes by now: nobody serves until they are mended");
    return loaded;
}

void tell_of_tables(const Settings& settings, const ConfiguredTables& tables,
                    DaemonStatus& status) {
    const auto faults = tables.faults();
    for (const TableSettings& table : settings.tables) {
        const auto fault = faults.find(table.id);
        status.tables.push_back({table.id, fault == faults.end() ? "" : fault->second});
    }
}

// In the serving process (supervisor.h).
int serve(const DaemonOptions& options, Loaded loaded, const OldPolicy& old, const KeptPolicy& kept,
          Sockets& sockets, const Watcher& watcher, bool again, Log& log) {
    Signals signals;
    Metrics metrics;
    ConfiguredTables tables(log, metrics);
    if (const auto failed =
            tables.apply(loaded.settings.tables, address_rules_of(loaded.policy->source()));
        tables.lacks_one_for_good() && !again) {
        for (const std::string& why : failed) std::cerr << "relaypermitd: " << why << "\n";
        return EX_CONFIG;
    }
    // None where [listen] milter is empty.
    auto& milter_socket = sockets.of(Protocol::milter);
    Listener* const listener = milter_socket ? &*milter_socket : nullptr;

    PolicyInForce policies(options.policy, host_name(), loaded, log, system_now, sockets.settings);
    loaded = {};
    policies.keep_texts({[&](const std::vector<PolicyText>& texts) {
                             note_kept(kept.keep(texts), "the policy", log);
                         },
                         [&](const std::string& text) {
                             note_kept(kept.keep_suspensions(text), "the suspensions", log);
                         }});
    metrics.started(system_now(), !old.serves);
    if (old.serves) {
        policies.take_kept(old.suspensions);
        // Says the mistakes, as a reload on the same files would have, and takes the suspensions of
        // today before anybody is served.
        if (policies.reload()) metrics.started(system_now(), true);
    }
    give_back_memory();
    RecordSinks records(log, system_now, metrics);
    const auto apply_settings = [&] {
        const auto snapshot = policies.current();
        const Settings& current = snapshot->settings;
        const LogCopy lines = options.log_to_stderr ? LogCopy::standard_error
                              : current.log.syslog  ? LogCopy::syslog
                                                    : LogCopy::none;
        records.apply(current.log, lines);
        watcher.note_loss(records.lost_in_a_crash());
        for (std::string& why :
             tables.apply(current.tables, address_rules_of(snapshot->policy->source())))
            policies.note_failed(std::move(why));
    };
    apply_settings();
    Decider decider({policies, tables, records, log, system_now, random_bits});
    // A front end that takes every descriptor would have libmilter give up.
    const std::size_t files = session_limit();
    const std::size_t front_end_share = std::min(RequestServerLimits{}.connections, files / 8);
    std::size_t front_end_count = 0;
    std::vector<std::string> names;
    std::vector<WatchedSocket> watched;
    for (const ProtocolInfo& row : protocols) {
        const auto& socket = sockets.of(row.protocol);
        if (!socket) continue;
        names.push_back(socket->name());
        watched.push_back({row.protocol, socket->address()});
        if (shares_connections(row.protocol)) ++front_end_count;
    }

    const ServiceManager manager = watcher.service_manager();
    const auto announce = [&] { manager.ready(describe(*policies.current()->policy)); };
    Reloads reloads(policies, [&] {
        manager.reloading();
        bool taken = false;
        try {
            taken = policies.reload();
            apply_settings();
            taken = taken && tables.is_complete();
            give_back_memory();
        } catch (const std::exception& error) {
            // Out of memory or threads: sessions are under way, and go on.
            taken = false;
            policies.note_incomplete(error.what());
            log.write(LogLevel::error, std::string("the reload is not complete: ") + error.what() +
                                           "; reload again");
        }
        metrics.reloaded(system_now(), taken);
        announce();
    });
    const ControlDesk desk{
        policies, reloads,
        [&, started = system_now()](const Settings& current, DaemonStatus& status) {
            status.process = ::getppid();  // the one that was started (supervisor.h)
            status.version = program_version();
            status.started = started;
            status.sockets = names;
            status.sessions = milter_sessions_open();
            status.messages = milter_messages_open();
            records.tell(current.log, status);
            tell_of_tables(current, tables, status);
        },
        system_now, listener != nullptr};
    const MetricsDesk metrics_desk{[&](MetricsFormat format) {
        const auto count_sinks = [&] {
            SinkCounts counts;
            records.count(counts);
            return counts;
        };
        return to_page(metrics_families({metrics, milter_sessions_open, count_sinks,
                                         std::string(program_version())}),
                       format);
    }};
    // Its threads end before what they use.
    FrontEnds front_ends(log, front_end_share);
    for (const ProtocolInfo& row : protocols)
        if (auto& socket = sockets.of(row.protocol); socket && row.protocol != Protocol::milter)
            front_ends.serve(row.protocol, *std::move(socket), {decider, desk, metrics_desk});

    if (listener != nullptr) {
        const MilterOptions milter{files - front_end_share * front_end_count, !listener->is_unix()};
        std::thread([&, milter] {
            // What it returns says little: the way it ended is in its own lines of the log.
            (void)run_milter(*listener, milter, decider, metrics, log);
            signals.tell_milter_ended();
        }).detach();
    }

    log.write(LogLevel::info,
              "relaypermitd " + std::string(program_version()) + " serves " +
                  (listener == nullptr ? std::string("no milter")
                                       : "the milter protocol on " + listener->name()) +
                  ": " + describe(*policies.current()->policy));
    announce();
    if (options.watchdog) start_watchdog(*options.watchdog, std::move(watched), manager, log);
    // What `relaypermit suspend` wrote between the reading and the opening of the control socket,
    // by which it would have found this daemon.
    if (!old.serves && policy_files(options.policy) != policies.current_and_origin().second.files)
        (void)reloads.run();

    TablesReport report;
    auto next_report = std::chrono::steady_clock::now() + std::chrono::hours(1);
    for (;;) {
        switch (signals.wait(next_report)) {
            case Wish::nothing:
                for (const std::string& line : report.since_last(metrics.tables()))
                    log.write(LogLevel::info, line);
                next_report += std::chrono::hours(1);
                break;
            case Wish::reload:
                (void)reloads.run();
                break;
            case Wish::end:
                manager.stopping();
                end_process(listener, front_ends, records, log);
            case Wish::milter_ended:
                log.write(LogLevel::error,
                          "libmilter has given up (its own lines say why): ending, so that "
                          "another process can serve");
                // The sockets' files stay, for that one.
                records.close();
                std::_Exit(EX_OSERR);
        }
    }
}

}  // namespace

int run_daemon(const DaemonOptions& given) {
    prepare_memory();
    DaemonOptions options = given;
    options.watchdog = watchdog_limit();
    if (!options.check_only) {
        hold_back_reloads();
        // By the name that it has now: a folder that is moved away later takes no policy with it,
        // and what is said of it over the control socket is read elsewhere.
        std::error_code fault;
        if (auto whole = std::filesystem::absolute(options.policy, fault); !fault)
            options.policy = whole.lexically_normal();
    }
    std::vector<PolicyText> texts;
    Loaded loaded = load_policy(options.policy, host_name(), texts);
    if (!loaded.policy) return report_mistakes(loaded);
    for (const std::string& text : {loaded.settings.listen[Protocol::milter], options.socket}) {
        if (text.empty()) continue;
        if (const auto address = parse_socket_address(text); !address) {
            std::cerr << "relaypermitd: " << address.error() << "\n";
            return EX_CONFIG;
        }
    }
    if (options.check_only) {
        std::cout << options.policy.string() << ": no mistakes, " << describe(*loaded.policy)
                  << "\n";
        return EX_OK;
    }

    // Always there: libmilter's own messages go to syslog(3) whatever ours do.
    SyslogLog to_syslog;
    StderrLog to_stderr;
    Log& log = options.log_to_stderr ? static_cast<Log&>(to_stderr) : to_syslog;
    try {
        const std::vector<InheritedSocket> inherited = inherited_sockets();
        const ListenSettings& listen = loaded.settings.listen;
        Sockets sockets = open_sockets(
            options.socket.empty() ? listen[Protocol::milter] : options.socket, listen, inherited);
        if (sockets.fault) {
            std::cerr << "relaypermitd: " << sockets.fault->text << "\n";
            return sockets.fault->exit_code;
        }
        if (const std::string fault = packet_guard_fault();
            sockets.of(Protocol::milter) && !fault.empty()) {
            std::cerr << "relaypermitd: " << fault << "\n";
            return EX_SOFTWARE;
        }
        if (sockets.served().empty()) {
            std::cerr << "relaypermitd: [listen] leaves the daemon without a socket\n";
            return EX_CONFIG;
        }
        auto lock = FolderLock::take(options.policy);
        if (!lock)
            log.write(LogLevel::warning, lock.error() +
                                             ": relaypermit suspend finds this daemon by its "
                                             "control socket alone");
        sockets.of(Protocol::control) = open_control(listen, inherited, log);
        sockets.of(Protocol::metrics) = open_metrics(listen, inherited, log);
        warn_of_surroundings(log, inherited, sockets.served());
        const KeptPolicy kept;
        note_kept(kept.keep(texts), "the policy", log);
        texts = {};
        const auto serve_once = [&](const Watcher& watcher, bool again) {
            OldPolicy old;
            if (again) loaded = load_again(options, kept, log, old);
            if (!loaded.policy) return EX_CONFIG;
            return serve(options, std::move(loaded), old, kept, sockets, watcher, again, log);
        };
        const auto forget = [&] {
            loaded = {};
            give_back_memory();
            // A log daemon that hangs must not keep the next process from serving.
            to_syslog.never_wait();
        };
        return supervise({serve_once, forget, options.watchdog}, log);
    } catch (const std::exception& error) {
        std::cerr << "relaypermitd: " << error.what() << "\n";
        return EX_OSERR;
    }
}

}  // namespace relaypermit
