// The baseline of tests/bench/run: a libmilter filter that asks for the events and macros that
// relaypermitd asks for and does nothing with them, on libmilter as it comes.
//
//   noop_filter SOCKET [BYTES]
//
// With BYTES it logs a line of so many at the end of each message, by syslog(3): what the log
// daemon alone costs whoever tells it of each message.
#include <libmilter/mfapi.h>
#include <sys/stat.h>
#include <syslog.h>

#include <array>
#include <charconv>
#include <cstddef>
#include <iostream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "milter/macros.h"

namespace {

std::string line_of_log;  // empty: none

sfsistat go_on(SMFICTX* /*context*/) {
    return SMFIS_CONTINUE;
}

sfsistat on_end(SMFICTX* /*context*/) {
    if (!line_of_log.empty()) ::syslog(LOG_MAIL | LOG_INFO, "%s", line_of_log.c_str());
    return SMFIS_CONTINUE;
}

sfsistat on_negotiate(SMFICTX* context, unsigned long actions, unsigned long offered,
                      unsigned long /*f2*/, unsigned long /*f3*/, unsigned long* wanted_actions,
                      unsigned long* wanted, unsigned long* /*wanted_f2*/,
                      unsigned long* /*wanted_f3*/) {
    using relaypermit::MacroStage;
    constexpr std::array<std::pair<int, MacroStage>, 6> stages = {{
        {SMFIM_CONNECT, MacroStage::connect},
        {SMFIM_HELO, MacroStage::helo},
        {SMFIM_ENVFROM, MacroStage::mail},
        {SMFIM_ENVRCPT, MacroStage::rcpt},
        {SMFIM_DATA, MacroStage::data},
        {SMFIM_EOM, MacroStage::end_of_message},
    }};
    *wanted_actions = actions & SMFIF_SETSYMLIST;
    for (const auto& [where, stage] : stages) {
        std::string list = relaypermit::macro_list(stage);
        if ((actions & SMFIF_SETSYMLIST) != 0 &&
            smfi_setsymlist(context, where, list.data()) != MI_SUCCESS)
            return SMFIS_REJECT;
    }
    *wanted =
        ((SMFIP_NOBODY | SMFIP_NOEOH | SMFIP_NOUNKNOWN | SMFIP_NODATA | SMFIP_RCPT_REJ) & offered) |
        SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_HDR;
    return SMFIS_CONTINUE;
}

}  // namespace

int main(int argc, char** argv) {
    const bool logs = argc == 3;
    const std::string_view bytes = logs ? argv[2] : "0";
    std::size_t size = 0;
    const auto read = std::from_chars(bytes.data(), bytes.data() + bytes.size(), size);
    if ((argc != 2 && !logs) || read.ec != std::errc() || *read.ptr != '\0') {
        std::cerr << "usage: noop_filter SOCKET [BYTES]\n";
        return 64;
    }
    line_of_log.assign(size, 'x');
    ::openlog("noop_filter", LOG_PID | LOG_NDELAY, LOG_MAIL);
    ::umask(0);
    std::string name = "noop";
    smfiDesc filter{};
    filter.xxfi_name = name.data();
    filter.xxfi_version = SMFI_VERSION;
    filter.xxfi_negotiate = on_negotiate;
    filter.xxfi_connect = [](SMFICTX*, char*, sockaddr*) -> sfsistat { return SMFIS_NOREPLY; };
    filter.xxfi_helo = [](SMFICTX*, char*) -> sfsistat { return SMFIS_NOREPLY; };
    filter.xxfi_envfrom = [](SMFICTX*, char**) -> sfsistat { return SMFIS_CONTINUE; };
    filter.xxfi_envrcpt = [](SMFICTX*, char**) -> sfsistat { return SMFIS_CONTINUE; };
    filter.xxfi_header = [](SMFICTX*, char*, char*) -> sfsistat { return SMFIS_NOREPLY; };
    filter.xxfi_data = go_on;
    filter.xxfi_eom = on_end;
    filter.xxfi_abort = go_on;
    filter.xxfi_close = go_on;
    if (smfi_register(filter) != MI_SUCCESS || smfi_setconn(argv[1]) != MI_SUCCESS ||
        smfi_opensocket(true) != MI_SUCCESS) {
        std::cerr << "noop_filter: " << argv[1] << " cannot be opened\n";
        return 69;
    }
    return smfi_main() == MI_SUCCESS ? 0 : 70;
}
