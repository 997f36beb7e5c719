// The data of help pages: what is built in is sound, and what is wrong with a file is said.
#include <gtest/gtest.h>

#include "tool/guide/data.h"
#include "tool/guide/data_faults.h"
#include "tool/guide/program_file.h"
#include "tool/guide/rich_text.h"

namespace relaypermit {
namespace {

std::string errors_of(const ReadProgram& read) {
    std::string text;
    for (const Diagnostic& error : read.errors) text += to_string(error) + "\n";
    return text;
}

constexpr std::string_view plain = R"(name = "Post"
title = "Post"
kind = "computer"
systems = "Linux"
[security]
starttls = "STARTTLS"
tls = "SSL"
[add-account]
steps = ["Enter {server}."]
[outgoing-server]
steps = ["Open **Set up**.", { text = "See {webmail}.", only_if = "webmail" }]
values = [["Port", "{port}"], { label = "Security", value = "{security}" }]
[from-address]
notes = ["It has one."]
[hidden-answer]
notes = ["Nowhere."]
)";

std::string plain_but(std::string_view what, std::string_view with) {
    std::string text(plain);
    const std::size_t at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return text.replace(at, what.size(), with);
}

using Faults = std::vector<std::string>;

TEST(GuideData, WhatIsBuiltInIsSoundAndWhole) {
    EXPECT_EQ(data_faults(guide_files()), Faults{});
}

// The files that are built in, with one in place of another or beside them.
Faults faults_with(std::string_view name, std::string_view text) {
    std::vector<GuideFile> files;
    for (const GuideFile& file : guide_files())
        if (file.name != name) files.push_back(file);
    if (!text.empty()) files.push_back({name, text});
    return data_faults(files);
}

TEST(GuideData, TheBuildFailsOverAFaultAndSaysWhere) {
    const std::string broken = plain_but("Enter {server}.", "Enter {sever}.");
    const Faults faults = faults_with("programs/post.en.toml", broken);
    ASSERT_EQ(faults.size(), 1U);
    EXPECT_EQ(faults[0].find("programs/post.en.toml:9:"), 0U) << faults[0];

    EXPECT_EQ(faults_with("programs/post.de.toml", plain),
              Faults{"programs/post.de.toml: the program is not there in English"});
    EXPECT_EQ(faults_with("texts/nl.toml", ""), Faults{"texts/nl.toml: is missing"});
    const std::string_view empty = "[frame]\n";
    EXPECT_GE(faults_with("texts/nl.toml", empty).size(), 3U);
    EXPECT_EQ(faults_with("programs/thunderbird.de.toml", plain).empty(), false);
}

TEST(GuideData, ASampleIsReadWhole) {
    const ReadProgram read = read_program("programs/post.en.toml", plain);
    ASSERT_EQ(errors_of(read), "");
    EXPECT_EQ(read.program.id, "post");
    EXPECT_EQ(read.program.language, "en");
    ASSERT_EQ(read.program.sections[1].steps.size(), 2U);
    EXPECT_EQ(read.program.sections[1].steps[1].only_if,
              (std::vector<GuideCondition>{{"webmail", false}}));
    ASSERT_EQ(read.program.sections[1].values.size(), 2U);
    EXPECT_EQ(read.program.sections[1].values[0].label, "Port");
    EXPECT_EQ(read.program.sections[1].values[1].value, "{security}");
}

struct Mistake {
    std::string_view what;
    std::string_view with;
    std::string_view said;
};

TEST(GuideData, AMistakeIsSaidWithItsPlace) {
    const Mistake mistakes[] = {
        {"{server}", "{sever}", "post.en.toml:9:10: error: unknown placeholder `{sever}` (server)"},
        {", only_if = \"webmail\"", "", "`{webmail}` has no value in some policies"},
        {"\"webmail\" }", "\"!webmail\" }", "`{webmail}` has no value in some policies"},
        {"\"webmail\" }", "\"webmial\" }", "unknown condition `webmial` (webmail)"},
        {"[hidden-answer]\nnotes = [\"Nowhere.\"]\n", "", "`hidden-answer` is missing"},
        {"notes = [\"Nowhere.\"]", "", "[hidden-answer] says nothing"},
        {"kind = \"computer\"", "kind = \"desk\"", "`kind` must be"},
        {"systems", "sistems", "unknown key `sistems`"},
        {"**Set up**", "**Set up*", "** without its second"},
        {"**Set up**", "`Set up", "a backtick without its second"},
        {"**Set up**", "<b>Set up</b>", "`<` outside of backticks"},
        {"**Set up**", "{Set up}", "a brace that belongs to no placeholder"},
        {"tls = \"SSL\"\n", "", "the program's words for the security are missing"},
        {"[\"Port\", \"{port}\"]", "[\"Port\"]", "a row of values must be"},
        {"[\"It has one.\"]", "\"It has one.\"", "`notes` must be a list"},
        {"[\"It has one.\"]", "[\"\"]", "a text must be a string, or a table with `text`"},
    };
    for (const Mistake& mistake : mistakes) {
        const std::string errors =
            errors_of(read_program("post.en.toml", plain_but(mistake.what, mistake.with)));
        EXPECT_NE(errors.find(mistake.said), std::string::npos)
            << mistake.with << " gives: " << errors;
    }
}

TEST(GuideData, AnImapServerIsAnIncomingServer) {
    const std::string text = plain_but(R"({ text = "See {webmail}.", only_if = "webmail" })",
                                       R"({ text = "At {incoming_server}.", only_if = "imap" })");
    EXPECT_EQ(errors_of(read_program("post.en.toml", text)), "");
}

TEST(GuideData, WhatATranslationLacksIsSaid) {
    const GuideProgram original = read_program("post.en.toml", plain).program;
    const auto stale = [&](std::string_view what, std::string_view with) {
        const auto parts =
            stale_parts(original, read_program("post.de.toml", plain_but(what, with)).program);
        return parts.empty() ? std::string() : parts.front();
    };
    EXPECT_EQ(stale("It has one.", "Sie steht fest."), "");
    EXPECT_EQ(stale("\"Open **Set up**.\", ", ""), "[outgoing-server] steps has 1 items, not 2");
    EXPECT_EQ(stale("Enter {server}.", "Server eingeben."),
              "[add-account] steps, item 1 has other conditions, placeholders or code");
    EXPECT_EQ(stale("[from-address]", "[from-address]\nonly_if = \"webmail\""),
              "[from-address] has another only_if");
}

TEST(GuideData, StarsAndBackticksSetATextInPieces) {
    using Style = TextRun::Style;
    const auto runs = parse_rich_text("Set **Port** to `[{server}]:{port}`.");
    ASSERT_TRUE(runs.has_value());
    EXPECT_EQ(*runs, (std::vector<TextRun>{{Style::plain, false, "Set "},
                                           {Style::screen, false, "Port"},
                                           {Style::plain, false, " to "},
                                           {Style::code, false, "["},
                                           {Style::code, true, "server"},
                                           {Style::code, false, "]:"},
                                           {Style::code, true, "port"},
                                           {Style::plain, false, "."}}));
    EXPECT_EQ(parse_code("a{b} **{1}**").size(), 3U);
}

}  // namespace
}  // namespace relaypermit
