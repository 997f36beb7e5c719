// The facts of a message on the command line, with the names and defaults of [[test]]. One thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "config/test_case.h"
#include "tool/base/command.h"

namespace relaypermit {

class CaseOptions {
  public:
    void declare(Options& options);
    // Whether --port says which.
    [[nodiscard]] bool names_port() const { return port_.has_value(); }
    // One that was given: `--sender`. Empty for none.
    [[nodiscard]] std::string_view given() const;
    // One that was given and says nothing of who logs in to which MTA: `--sender`. Empty for none.
    [[nodiscard]] std::string_view given_beside_login_and_mta() const;
    // The error is a whole sentence for complain(). `now` is the present.
    [[nodiscard]] tl::expected<CaseFacts, std::string> facts(TimePoint now) const;

  private:
    std::optional<std::string> login_{};
    std::optional<std::string> mechanism_{};
    std::optional<std::string> client_{};
    std::optional<std::string> port_{};
    std::optional<std::string> daemon_name_{};
    std::optional<std::string> mta_{};
    std::optional<std::string> helo_{};
    std::optional<std::string> sender_{};
    std::optional<std::string> mailer_{};
    std::optional<std::string> from_{};
    std::optional<std::string> now_{};
    std::vector<std::string> recipients_{};
    std::vector<std::string> headers_{};
    bool tls_{};
    bool no_tls_{};
};

}  // namespace relaypermit
