// Alias tables in Cyrus SASL's auxiliary properties (sasldb, sql and other auxprop plugins), read
// without an AUTH exchange. libsasl2 is one instance a process (sasl_library.h): every table of a
// process has the same configuration directory. Any thread.
#pragma once

#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "tables/alias_table.h"
#include "tables/sasl_library.h"

namespace relaypermit {

class SaslTable : public AliasTable {
  public:
    // An error: a property that is none for senders (config/sasl_settings.h), or libsasl2 does not
    // start with `directory` (SaslLibrary::start).
    [[nodiscard]] static tl::expected<std::unique_ptr<SaslTable>, std::string> open(
        const std::string& directory, const std::string& property);

    // A property that holds several sender patterns separates them by spaces or commas, or is a
    // list of values where the plugin can say so. Failed, and so not known: the plugin's error,
    // a sasldb file that is missing (libsasl2 itself would call that "no such user"), and, unless
    // sasldb is the only plugin, a login with a quote or backslash, by which it could end a
    // statement of the sql plugin. A login that SASL would take for another (one with a second @,
    // with blanks at its ends, without a realm) is one that it does not have.
    [[nodiscard]] TableResult look_up(const TableKey& key) override;

    [[nodiscard]] std::string outdated() const override { return sasl_.outdated(); }

    // Writes the property through libsasl2's own store call; an empty list removes it, or empties
    // it where a plugin besides sasldb may hold it. An error too: a sender that would be read back
    // as several, because of a space or comma in it, more than SASL reads back, a login or sender
    // that look_up() or a statement would not take, and a change that is not there afterwards.
    [[nodiscard]] tl::expected<void, std::string> store(const Login& login,
                                                        const std::vector<std::string>& senders);

  private:
    SaslTable(const SaslLibrary& sasl, std::string property)
        : sasl_(sasl), property_(std::move(property)) {}

    // Why SASL must not be asked for this login, or could not answer; empty: it can be.
    [[nodiscard]] std::string why_not_asked(const Login& login) const;

    const SaslLibrary& sasl_;
    const std::string property_;
};

}  // namespace relaypermit
