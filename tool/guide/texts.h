// What help pages say in one language around the programs' steps: texts/LANGUAGE.toml, built into
// the tool. en.toml is the original: another language has the same keys, items, conditions and
// placeholders, which tests hold.
//
//   [frame]            one line of plain text each, placeholders allowed: headings, labels
//   [words]            what {user_name} and the like are in words
//   [mark_names]       what stands in a shown sentence for what only a message has (sentences.h)
//   [marks]            what each of these is, for whoever reads the sentence
//   [[path]]           about, question, yes, no, only_if: the yes/no path for those who come from
//                      elsewhere. yes and no are the cause it is, "settings", or "": ask on. Asked
//                      in order; who answers truly must come to the cause (guide_path_test.cpp)
//   [[elsewhere]]      by, text, cause: what a program shows in place of the server's sentence, as
//                      it was seen, and the cause's id or wrong-password; programs_anchor: any of
//                      them. A translation has the program's own words in its language; where they
//                      are not known, those of the original, which the page marks as English
//   [cause.<id>]       title; happened, steps and notes as lists of TEXT (program.h); section: the
//                      one of a program's page that mends it, none where no setting of one does
//   [cause.wrong-password]   the same: a refusal of the MTA that leads here, too
//   [reason.<id>]      of each reason that has a sentence of its own under a cause: title, what is
//                      wrong; step, the one thing to do in place of the cause's; section
//
// Values; any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostic.h"
#include "tool/guide/program.h"

namespace relaypermit {

struct CauseHelp {
    std::string title{};
    std::string section{};  // of guide_section_ids; empty: no setting of a program helps
    std::vector<GuideText> happened{};
    std::vector<GuideText> steps{};
    std::vector<GuideText> notes{};
};

struct ReasonHelp {
    std::string title{};
    std::string step{};     // rich text
    std::string section{};  // as of a cause
};

struct ProgramSentence {
    std::string by{};
    std::string text{};      // rich text
    std::string cause{};     // "wrong-password", or programs_anchor
    std::string language{};  // of the text
};

struct PathQuestion {
    std::string about{};  // "port": the same in every language
    std::vector<GuideCondition> only_if{};
    std::string question{};
    std::string yes{};  // a cause's id, "wrong-password", settings_anchor, or empty
    std::string no{};
};

using GuideStrings = std::map<std::string, std::string, std::less<>>;

struct GuideTexts {
    std::string language{};
    GuideStrings frame{};
    GuideStrings words{};
    GuideStrings mark_names{};
    GuideStrings marks{};
    std::vector<ProgramSentence> elsewhere{};
    std::vector<PathQuestion> path{};
    std::map<std::string, CauseHelp, std::less<>> causes{};
    std::map<std::string, ReasonHelp, std::less<>> reasons{};
};

struct ReadTexts {
    GuideTexts texts{};
    std::vector<Diagnostic> errors{};
};

inline constexpr std::string_view wrong_password = "wrong-password";
// Where the first page has the values to enter.
inline constexpr std::string_view settings_anchor = "settings";
// Where it has the list of programs, whose pages say where each hides what the server said.
inline constexpr std::string_view programs_anchor = "programs";

// Says of the program sentences of `translation` that are those of `original` that they are in its
// language.
void mark_untranslated(const GuideTexts& original, GuideTexts& translation);

[[nodiscard]] ReadTexts read_texts(std::string_view name, std::string_view text);
// As of programs: a sentence for each difference.
[[nodiscard]] std::vector<std::string> stale_parts(const GuideTexts& original,
                                                   const GuideTexts& translation);

}  // namespace relaypermit
