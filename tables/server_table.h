// An alias table whose rows a server or a database holds: the key as the query's placeholders, and
// what must not be asked. Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tables/alias_table.h"
#include "tables/connector_pool.h"

namespace relaypermit {

class ServerTable final : public AliasTable {
  public:
    struct Options {
        std::vector<Placeholder> placeholders{};  // those of the query
        std::uint32_t timeout_ms{};               // of one lookup, with connecting
        std::string password_file{};
        // It has no placeholders, and is asked for the sender, or by login for the login, in the
        // place of Placeholder::login.
        bool for_whole_addresses{};
        // It compares letters beyond ASCII by rules of its own, by which `mauß` may be `maus`: what
        // is not ASCII is not asked for.
        bool folds_letters{};
    };
    ServerTable(std::unique_ptr<Connector> connector, Options options);

    // A placeholder that stands for nothing (the domain of a login without one) and one that no
    // table can have (NUL, no UTF-8, above 1,024 bytes) are not asked for: there is no such row, as
    // to Postfix. All others in lower case (ASCII).
    [[nodiscard]] TableResult look_up(const TableKey& key) override;
    [[nodiscard]] Uses uses() const override { return uses_; }
    [[nodiscard]] bool is_for_whole_addresses() const override {
        return options_.for_whole_addresses;
    }

    [[nodiscard]] ConnectorResult<void> try_connect() {
        return pool_.try_connect(Deadline(std::chrono::milliseconds(options_.timeout_ms)));
    }

  private:
    const Options options_;
    Uses uses_{};
    ConnectorPool pool_;
};

}  // namespace relaypermit
