// Alias tables in files: lines of text, cdb and LMDB. Each follows its file, whole or not at all.
//
// The path is looked at once a second at most, by whoever asks then. What has changed is opened
// anew: a text once it has been left alone for a second (who writes it line by line is not done
// before), a cdb or LMDB file at once, because these show by themselves whether they are whole.
// Where a file is missing, damaged or cannot be read, what was read before stays in force, as it
// does of a policy with a mistake in it, and that is said once: taking every right away, or putting
// everybody off, because of a `cp` over the file would be the greater surprise. To take all rights
// away, empty the file. What is gone, as from a cdb that was overwritten in place by something
// else, is not known until the path is whole again.
//
// By login the key is login_key(); by sender it is `sender` of the key, in ASCII lower case. The
// value of a row is one value of the result, as it stands there. Any thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "tables/alias_table.h"
#include "tables/row_file.h"

namespace relaypermit {

struct FileClock {
    std::function<std::chrono::steady_clock::time_point()> steady = [] {
        return std::chrono::steady_clock::now();
    };
    // What the times of files are compared with.
    std::function<std::chrono::system_clock::time_point()> wall = [] {
        return std::chrono::system_clock::now();
    };
};

class FileTable final : public AliasTable {
  public:
    // Opens one version of a file.
    using Format = OpenedRows (*)(const std::string& path);

    // The error is a clause that names the file. `settle`: how long a new version must have been
    // left alone before it is opened.
    [[nodiscard]] static tl::expected<std::unique_ptr<FileTable>, std::string> open(
        const std::string& path, Format format, std::chrono::seconds settle, FileClock clock = {});
    ~FileTable() override;

    [[nodiscard]] TableResult look_up(const TableKey& key) override;

    // Looks at the file at once, settled or not: after a reload what it says counts. What is wrong
    // with it; empty: it is as it was read last.
    [[nodiscard]] std::string outdated() const override;
    [[nodiscard]] std::string fault() const override;

  private:
    // All that changes.
    class Follower;
    explicit FileTable(std::unique_ptr<Follower> follower);

    const std::unique_ptr<Follower> follower_;
};

}  // namespace relaypermit
