// libsasl2, which a process has once: started with one relaypermit.conf, and asked for properties
// of logins. Names are passed on as they are; what SASL must not be asked is sasl_table.cpp's
// business. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "policy/login.h"

namespace relaypermit {

struct SaslProperty {
    bool known{};                        // false: SASL could not say; `why` says what happened
    std::optional<bool> login_exists{};  // nullopt: the plugin cannot tell
    std::vector<std::string> values{};   // one for each value, none where there is no property
    std::string why{};                   // of what is not known
};

class SaslLibrary {
  public:
    // Starts libsasl2 with `directory`/relaypermit.conf at the first call. pwcheck_method is forced
    // to auxprop whatever the file says: with saslauthd libsasl2 2.1.28 reads through a null
    // pointer in sasl_user_exists(). An error: no such file, one that libsasl2 does not take, or it
    // runs with another directory already. The library lives as long as the process.
    [[nodiscard]] static tl::expected<const SaslLibrary*, std::string> start(
        const std::string& directory);

    // Whether sasldb is the only plugin that is ever asked, as libsasl2 itself reads its
    // configuration (the first line of a key counts, in any case, with names in any case).
    [[nodiscard]] bool is_sasldb_alone() const { return sasldb_alone_; }
    // The file of the sasldb plugin where that may be asked; else empty.
    [[nodiscard]] const std::string& sasldb() const { return sasldb_; }

    // Says so where relaypermit.conf is no longer what libsasl2 was started with, which only a new
    // process takes up; empty where it is the same.
    [[nodiscard]] std::string outdated() const;

    // Not known where the plugin failed. The sql plugin calls a query that failed "no such user"
    // and says what happened only to the log, which is heard here.
    [[nodiscard]] SaslProperty read(const Login& login, const std::string& property) const;

    // nullopt takes the property away; the sql plugin of 2.1.28 crashes at that, and has to be
    // given an empty value. Success means that no plugin complained: the sql plugin runs an empty
    // statement where its configuration has none.
    [[nodiscard]] tl::expected<void, std::string> write(
        const Login& login, const std::string& property,
        const std::optional<std::string>& value) const;

  private:
    SaslLibrary() = default;

    // Constant once started:
    std::string directory_{};
    std::string contents_{};  // of relaypermit.conf
    bool sasldb_alone_{};
    std::string sasldb_{};
};

// The version in use, for --version.
[[nodiscard]] std::string cyrus_sasl_version();

}  // namespace relaypermit
