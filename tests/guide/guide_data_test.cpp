// The data of help pages: what is built in is sound, and what is wrong with a file is said.
#include <gtest/gtest.h>

#include <map>

#include "config/guide_settings.h"
#include "tool/guide/data.h"
#include "tool/guide/program_file.h"
#include "tool/guide/rich_text.h"
#include "tool/guide/texts.h"

namespace relaypermit {
namespace {

std::vector<GuideProgram> built_in_programs() {
    std::vector<GuideProgram> programs;
    for (const GuideFile& file : guide_files())
        if (file.name.starts_with("programs/"))
            programs.push_back(read_program(file.name, file.text).program);
    return programs;
}

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

TEST(GuideData, EveryProgramThatIsBuiltInIsSound) {
    std::size_t seen = 0;
    for (const GuideFile& file : guide_files()) {
        if (!file.name.starts_with("programs/")) continue;
        ++seen;
        EXPECT_EQ(errors_of(read_program(file.name, file.text)), "");
    }
    EXPECT_GE(seen, 1U);
}

std::map<std::string, GuideTexts> built_in_texts() {
    std::map<std::string, GuideTexts> texts;
    for (const GuideFile& file : guide_files()) {
        if (!file.name.starts_with("texts/")) continue;
        ReadTexts read = read_texts(file.name, file.text);
        for (const Diagnostic& error : read.errors) ADD_FAILURE() << to_string(error);
        texts[read.texts.language] = std::move(read.texts);
    }
    return texts;
}

TEST(GuideData, TheTextsOfEveryLanguageAreSoundAndWhole) {
    const auto texts = built_in_texts();
    ASSERT_TRUE(texts.contains("en"));
    for (const std::string_view language : guide_languages)
        EXPECT_TRUE(texts.contains(std::string(language))) << language;
    for (const auto& [language, translation] : texts)
        for (const std::string& stale : stale_parts(texts.at("en"), translation))
            ADD_FAILURE() << "texts/" << language << ".toml: " << stale;
}

TEST(GuideData, ATranslationHasTheShapeOfTheEnglishPage) {
    std::map<std::string, GuideProgram> english;
    for (const GuideProgram& program : built_in_programs())
        if (program.language == "en") english[program.id] = program;
    for (const GuideProgram& program : built_in_programs()) {
        ASSERT_TRUE(english.contains(program.id)) << program.id << " is not there in English";
        for (const std::string& stale : stale_parts(english[program.id], program))
            ADD_FAILURE() << program.id << "." << program.language << ".toml: " << stale;
    }
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
