// The pages of a policy, for the tests of what stands on them.
#pragma once

#include <gtest/gtest.h>

#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "tool/guide/site.h"

namespace relaypermit {

inline Loaded guide_policy(std::string_view more = {}) {
    Loaded loaded = load_policy_text(R"([server]
name = "mail.hoster.test"
contact = "helpdesk@hoster.test"
help_url = "https://help.hoster.test/relay"
[relay]
hosted_domains = ["hoster.test"]
)" + std::string(more),
                                     "policy.toml", "host.test");
    for (const Diagnostic& error : loaded.errors) ADD_FAILURE() << to_string(error);
    return loaded;
}

inline SiteFiles guide_pages(const Loaded& loaded) {
    const auto data = built_in_guide();
    if (!data) {
        ADD_FAILURE() << data.error();
        return {};
    }
    auto site = guide_site(loaded, *data);
    if (!site) ADD_FAILURE() << site.error();
    return site.value_or(SiteFiles());
}

inline SiteFiles guide_pages(std::string_view more = {}) {
    return guide_pages(guide_policy(more));
}

// The page of causes of each language, without those of programs: in a moment.
inline SiteFiles guide_first_pages(std::string_view more = {}) {
    auto data = built_in_guide();
    if (!data) {
        ADD_FAILURE() << data.error();
        return {};
    }
    data->programs.clear();
    auto site = guide_site(guide_policy(more), *data);
    if (!site) ADD_FAILURE() << site.error();
    return site.value_or(SiteFiles());
}

// A page as people read it, without its tags.
inline std::string words_of_page(const std::string& html) {
    std::string text = std::regex_replace(html, std::regex("<[^>]*>"), "");
    const std::pair<const char*, const char*> signs[] = {
        {"&apos;", "'"}, {"&quot;", "\""}, {"&lt;", "<"}, {"&gt;", ">"}, {"&amp;", "&"}};
    for (const auto& [name, sign] : signs) text = std::regex_replace(text, std::regex(name), sign);
    return text;
}

inline bool page_says(const std::string& html, std::string_view words) {
    return words_of_page(html).find(words) != std::string::npos;
}

// What stands between the anchor of a cause and the next section.
inline std::string section_of(const std::string& html, const std::string& id) {
    const std::size_t begin = html.find("id=\"" + id + "\"");
    EXPECT_NE(begin, std::string::npos) << id;
    return begin == std::string::npos ? ""
                                      : html.substr(begin, html.find("</section>", begin) - begin);
}

inline std::size_t count_of(std::string_view text, std::string_view part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string_view::npos;
         at = text.find(part, at + part.size()))
        ++count;
    return count;
}

}  // namespace relaypermit
