// What one policy says to the pages of one language: the values of placeholders, and which
// conditions hold. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"
#include "tool/guide/program.h"
#include "tool/guide/texts.h"

namespace relaypermit {

class PolicyValues {
  public:
    // `loaded` has a policy. Security in the words of a program where it has some, and otherwise in
    // those that most have.
    PolicyValues(const Loaded& loaded, const GuideTexts& texts,
                 const GuideProgram* program = nullptr);

    // Empty where the policy says nothing. Domains in ASCII, which every program takes.
    [[nodiscard]] const std::string& value(std::string_view placeholder) const;
    // A value with a domain as people read it; empty where it is the same.
    [[nodiscard]] const std::string& in_unicode(std::string_view placeholder) const;
    // What stands in a file or a line of code.
    [[nodiscard]] const std::string& in_code(std::string_view placeholder) const;
    [[nodiscard]] bool holds(std::span<const GuideCondition> conditions) const;
    // The text without its markup.
    [[nodiscard]] std::string plain(std::string_view text) const;

    [[nodiscard]] const std::vector<MailService>& outgoing() const { return outgoing_; }

  private:
    [[nodiscard]] std::string in_words(std::string_view placeholder) const;

    GuideStrings values_{};
    GuideStrings in_unicode_{};
    GuideStrings in_code_{};
    std::vector<std::string> conditions_{};
    std::vector<MailService> outgoing_{};
};

// "STARTTLS" or "SSL/TLS", as most programs say it; "IMAP", "POP3" or "SMTP".
[[nodiscard]] std::string_view security_of(const MailService& service);
[[nodiscard]] std::string_view protocol_of(const MailService& service);

// Where mail programs send, the first way first: as [guide] has it, or else the ports that
// [submission] takes, but for 25, which is between servers. Empty where the policy has no other:
// the pages then say whom to ask.
[[nodiscard]] std::vector<MailService> outgoing_services(const Loaded& loaded);
// [guide] domains, or the hosted domains that are no pattern.
[[nodiscard]] std::vector<std::string> guide_domains(const Loaded& loaded);

}  // namespace relaypermit
