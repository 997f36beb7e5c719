#include "milter/libraries.h"

#include "config/checksum.h"
#include "config/control_protocol.h"
#include "config/toml_document.h"
#include "milter/milter_server.h"
#include "policy/domain.h"
#include "policy/utf8.h"
#include "record/sqlite.h"
#include "tables/sasl_library.h"

namespace relaypermit {

// RE2 does not say which version it is.
Libraries daemon_libraries() {
    return {{"Cyrus SASL", cyrus_sasl_version()},       {"libidn2", libidn2_version()},
            {"libmilter", libmilter_version()},         {"Nettle", nettle_version()},
            {"nlohmann/json", nlohmann_json_version()}, {"SQLite", sqlite_version()},
            {"toml++", tomlplusplus_version()},         {"utf8proc", libutf8proc_version()}};
}

}  // namespace relaypermit
