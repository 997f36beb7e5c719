// relaypermitd: reads its options and runs the daemon (daemon.h).
#include <sysexits.h>
#include <unistd.h>

#include <exception>
#include <iostream>

#include "milter/daemon.h"
#include "milter/libraries.h"

namespace {

constexpr const char* usage =
    "usage: relaypermitd [-c FILE] [-p SOCKET] [-n] [-f] [-V]\n"
    "  -c FILE    the policy (default: /etc/relaypermit/policy.toml)\n"
    "  -p SOCKET  where to listen, instead of [listen] milter: unix:/path, inet:port@host,\n"
    "             inet6:port@host, fd:3\n"
    "  -n         check the policy, say every mistake, and exit: 0 or 78\n"
    "  -f         write the log to standard error instead of syslog\n"
    "  -V         print the version and those of the libraries, and exit\n"
    "Runs in the foreground. HUP and USR1 read the policy again, TERM ends it.\n";

int run(int argc, char** argv) {
    relaypermit::DaemonOptions options;
    for (int option = 0; (option = ::getopt(argc, argv, "c:p:nfVh")) != -1;) {
        switch (option) {
            case 'c':
                options.policy = optarg;
                break;
            case 'p':
                options.socket = optarg;
                break;
            case 'n':
                options.check_only = true;
                break;
            case 'f':
                options.log_to_stderr = true;
                break;
            case 'V':
                std::cout << relaypermit::version_text("relaypermitd",
                                                       relaypermit::daemon_libraries());
                return EX_OK;
            case 'h':
                std::cout << usage;
                return EX_OK;
            default:
                std::cerr << usage;
                return EX_USAGE;
        }
    }
    if (optind < argc) {
        std::cerr << "relaypermitd: unexpected argument `" << argv[optind] << "`\n" << usage;
        return EX_USAGE;
    }
    return relaypermit::run_daemon(options);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << "relaypermitd: " << error.what() << "\n";
        return EX_SOFTWARE;
    }
}
