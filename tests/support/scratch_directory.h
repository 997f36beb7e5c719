// A directory of its own below the system's scratch directory, removed with all that is in it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace relaypermit {

class ScratchDirectory {
  public:
    ScratchDirectory();
    ~ScratchDirectory();
    ScratchDirectory(const ScratchDirectory&) = delete;
    ScratchDirectory& operator=(const ScratchDirectory&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] std::string file(std::string_view name) const { return path_ / name; }
    // Writes a file there, folders and all; its path.
    std::string write(std::string_view name, std::string_view text) const;
    [[nodiscard]] std::string read(std::string_view name) const;

  private:
    std::filesystem::path path_;
};

}  // namespace relaypermit
