#include "config/foreign_placeholder.h"

#include <gtest/gtest.h>

#include <string_view>
#include <utility>

namespace relaypermit {
namespace {

TEST(ForeignPlaceholder, IsReadAsOtherProgramsWriteIt) {
    constexpr std::pair<std::string_view, std::string_view> senders[] = {
        {"%Lu@example.com", "write `{user}@example.com`"},
        {"%u@%d", "write `{user}@{domain}`"},
        {"%Ln@%Ld", "write `{user}@{domain}`"},
        {"%n@example.com", "write `{user}@example.com`"},
        {"%n", "write `{user}@nordhaus.example`"},
        {"%l", "write `{login}`"},
        {"%Lu", "write `{login}`"},
        {"%{user}", "write `{login}`"},
        {"%{user | username}@example.com", "write `{user}@example.com`"},
        {"%{user|username}@%{user|domain}", "write `{user}@{domain}`"},
        {"${local_part}@example.com", "write `{user}@example.com`"},
        {"$local_part@$domain", "write `{user}@{domain}`"},
        {"${lc:$local_part}@$domain", "write `{user}@{domain}`"},
        {"$authenticated_id", "write `{login}`"},
        {"$USER@example.com", "write `{user}@example.com`"},
        {"${USER}@example.com", "write `{user}@example.com`"},
        {"%USERNAME%@example.com", "write `{user}@example.com`"},
        {"{{ user }}@example.com", "write `{user}@example.com`"},
        {"%(user)s@example.com", "write `{user}@example.com`"},
        {"<user>@example.com", "write `{user}@example.com`"},
        {"[email]", "write `{login}`"},
        {"bounces+%u@example.com", "write `bounces+{user}@example.com`"},
        {"%n-noreply@hosted", "write `{user}-noreply@hosted`"},
        {"info@%d", "write `info@{domain}`"},
        {"${team}@example.com",
         "they are `{user}`, `{domain}` and `{login}`, as in `{user}@nordhaus.example`"},
    };
    for (const auto& [written, help] : senders) {
        const auto found =
            foreign_placeholder(written, {PatternRole::sender, "nordhaus.example", {}});
        ASSERT_TRUE(found) << written;
        EXPECT_EQ(found->help, help) << written;
    }
}

TEST(ForeignPlaceholder, IsNothingThatIsAnAddressOrALogin) {
    for (const std::string_view text :
         {"bob@example.com", "{user}@example.com", "user%domain@example.com", "100%@example.com",
          "a%b@example.com", "%sales@example.com", "HOST$@example.com", "EXAMPLE\\1",
          "$@example.com", "<>", "<bob>", "\"%u\"@example.com", "5%d1@example.com",
          "[l]@example.com", "US$@x.example"})
        EXPECT_FALSE(foreign_placeholder(text, {PatternRole::sender, "example.com", {}})) << text;
}

TEST(ForeignPlaceholder, HasNoPlaceAmongLogins) {
    EXPECT_EQ(
        foreign_placeholder("$USER@example.org", {PatternRole::login, "example.com", {}})->help,
        "`*@example.org` is anybody of a domain");
    EXPECT_EQ(foreign_placeholder("%u", {PatternRole::login, "example.com", {}})->help,
              "`*@example.com` is anybody of a domain");
}

}  // namespace
}  // namespace relaypermit
