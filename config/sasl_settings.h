// What an alias table in Cyrus SASL's auxiliary properties has beside what all tables have. A
// value; any thread.
#pragma once

#include <string>
#include <string_view>

namespace relaypermit {

struct SaslSettings {
    std::string directory{};         // `config`: where relaypermit.conf is
    std::string property{"sendAs"};  // the auxiliary property

    friend bool operator==(const SaslSettings&, const SaslSettings&) = default;
};

// Why a property of this name is not read as sender patterns; empty: it is. SASL keeps passwords
// and their hashes as properties too, whose values must not reach a log as entries that are no
// patterns; and the name goes into SQL statements of SASL's sql plugin as it is.
[[nodiscard]] std::string why_no_sender_property(std::string_view name);

}  // namespace relaypermit
