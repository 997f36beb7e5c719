#include "tool/commands/libraries.h"

#include "config/checksum.h"
#include "config/control_protocol.h"
#include "config/toml_document.h"
#include "policy/domain.h"
#include "policy/utf8.h"
#include "record/sqlite.h"
#include "tables/sasl_library.h"
#include "tool/base/command.h"
#include "tool/guide/probe.h"
#include "tool/guide/profile_signature.h"
#include "tool/guide/xml_elements.h"
#include "tool/inspect/log_lines.h"
#include "tool/rehearse/public_suffix.h"

namespace relaypermit {

// RE2 and mustache do not say which version they are.
Libraries tool_libraries() {
    return {{"CLI11", cli11_version()},
            {"Cyrus SASL", cyrus_sasl_version()},
            {"expat", expat_version()},
            {"libcurl", libcurl_version()},
            {"libidn2", libidn2_version()},
            {"libpsl", libpsl_version()},
            {"Nettle", nettle_version()},
            {"nlohmann/json", nlohmann_json_version()},
            {"OpenSSL", openssl_version()},
            {"SQLite", sqlite_version()},
            {"toml++", tomlplusplus_version()},
            {"utf8proc", libutf8proc_version()},
            {"zlib", libz_version()}};
}

}  // namespace relaypermit
