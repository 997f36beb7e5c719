// What a web server tells mail programs of a domain's servers, read back as they read it. Pure; any
// thread.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace relaypermit {

struct PublishedSetup {
    // "SMTP mail.example.com port 587 with STARTTLS, user name %EMAILADDRESS%", in the order of the
    // answer: two answers that say the same to a program are equal.
    std::vector<std::string> servers{};
    std::vector<std::string> domains{};  // in lower case; autoconfig alone names them

    friend bool operator==(const PublishedSetup&, const PublishedSetup&) = default;
};

// config-v1.1.xml. The error says what it is instead, as a part of a sentence.
[[nodiscard]] tl::expected<PublishedSetup, std::string> read_autoconfig(std::string_view xml);

// The answer of Autodiscover (MS-OXDSCLI 2.2.4), such as Exchange gives too. The error also where
// it is one of the protocol: "answers that ... (error 500)".
[[nodiscard]] tl::expected<PublishedSetup, std::string> read_autodiscover(std::string_view xml);

}  // namespace relaypermit
