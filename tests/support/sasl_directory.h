// A SASL configuration with a sasldb of its own, for all tests of a process: libsasl2 has one
// configuration a process. Removed at exit.
#pragma once

#include <string>

#include "tests/support/scratch_directory.h"

namespace relaypermit::testing {

class SaslDirectory {
  public:
    [[nodiscard]] static SaslDirectory& instance();
    SaslDirectory(const SaslDirectory&) = delete;
    SaslDirectory& operator=(const SaslDirectory&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::string database() const { return path_ + "/sasldb2"; }
    // By saslpasswd2(8), SASL's own tool.
    void set_password(const std::string& user, const std::string& realm,
                      const std::string& password);
    void hide_database();
    void restore_database();

  private:
    SaslDirectory();
    ScratchDirectory scratch_{};
    const std::string path_{scratch_.path()};
};

}  // namespace relaypermit::testing
