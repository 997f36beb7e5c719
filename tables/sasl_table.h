// Alias tables in Cyrus SASL's auxiliary properties (sasldb, sql and other auxprop plugins), read
// without an AUTH exchange. libsasl2 is one instance a process: every table of a process has the
// same configuration directory. Any thread.
#pragma once

#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "tables/alias_table.h"

namespace relaypermit {

class SaslTable : public AliasTable {
  public:
    // Reads `directory`/relaypermit.conf, as other SASL services have theirs, and initializes
    // libsasl2 at the first call. pwcheck_method is forced to auxprop whatever the file says:
    // with saslauthd libsasl2 2.1.28 reads through a null pointer in sasl_user_exists().
    // An error: no such directory or file, or libsasl2 runs with another directory already.
    [[nodiscard]] static tl::expected<std::unique_ptr<SaslTable>, std::string> open(
        const std::string& directory, const std::string& property);

    // A property that holds several sender patterns separates them by spaces or commas, or is a
    // list of values where the plugin can say so. Failed, and so not known: the plugin's error,
    // a sasldb file that is missing (libsasl2 itself would call that "no such user"), and a login
    // with a quote or backslash where the sql plugin runs on SQLite, whose engine escapes them in
    // a way that lets a login end the statement. A login that SASL would take for another (one
    // with a second @, with blanks at its ends, without a realm) is one that it does not have.
    [[nodiscard]] TableResult look_up(const Login& login) override;

    // Writes the property through libsasl2's own store call; an empty list removes it. An error
    // too: a sender that would be read back as several, because of a space or comma in it, more
    // than SASL reads back, and a login that SASL would take for another.
    [[nodiscard]] tl::expected<void, std::string> store(const Login& login,
                                                        const std::vector<std::string>& senders);

  private:
    explicit SaslTable(std::string property) : property_(std::move(property)) {}

    std::string property_;
};

}  // namespace relaypermit
