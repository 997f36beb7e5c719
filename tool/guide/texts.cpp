#include "tool/guide/texts.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "policy/cause.h"
#include "policy/reason.h"
#include "tool/guide/sentences.h"
#include "tool/guide/text_reader.h"

namespace relaypermit {
namespace {

bool is_cause_of_help(std::string_view id) {
    return id == wrong_password || cause_from(id).has_value();
}

// Of a reason that has a sentence, as reason.h has it; nullopt: there is none.
std::optional<Reason> reason_from(std::string_view id) {
    for (std::size_t i = 1; i < reason_count; ++i)
        if (to_string(static_cast<Reason>(i)) == id) return static_cast<Reason>(i);
    return std::nullopt;
}

class TextsReader : private GuideTextReader {
  public:
    TextsReader(Reader& reader, GuideTexts& texts) : GuideTextReader(reader), texts_(texts) {}

    void read(const Node& root) {
        for (const Entry& entry : root.entries()) {
            if (unknown(entry,
                        {"frame", "words", "mark_names", "marks", "elsewhere", "path", "cause",
                         "reason"},
                        "at the top of the file"))
                continue;
            if (entry.key == "path") {
                if (reader().is_table_list(entry, entry.key))
                    for (const Node& question : entry.value.items()) take_question(question);
            } else if (entry.key == "elsewhere") {
                if (reader().is_table_list(entry, entry.key))
                    for (const Node& sentence : entry.value.items()) take_sentence(sentence);
            } else if (reader().is_table(entry, entry.key)) {
                if (entry.key == "frame") take_strings(entry.value, texts_.frame);
                if (entry.key == "words") take_strings(entry.value, texts_.words);
                if (entry.key == "mark_names") take_strings(entry.value, texts_.mark_names);
                if (entry.key == "marks") take_strings(entry.value, texts_.marks);
                if (entry.key == "cause") take_causes(entry.value);
                if (entry.key == "reason") take_reasons(entry.value);
            }
        }
        for (const Cause cause : all_causes) must_have(to_string(cause));
        must_have(wrong_password);
        for (std::size_t i = 1; i < reason_count; ++i)
            if (const std::string_view id = to_string(static_cast<Reason>(i));
                !texts_.reasons.contains(id))
                reader().error({0, 0, 0}, "[reason." + std::string(id) + "] is missing");
        for (const std::string_view mark : sentence_marks)
            if (!texts_.mark_names.contains(mark) || !texts_.marks.contains(mark))
                reader().error({0, 0, 0}, in_backticks(mark) + " is missing",
                               "in [mark_names] and [marks]");
    }

  private:
    void take_strings(const Node& table, GuideStrings& strings) {
        for (const Entry& entry : table.entries()) {
            if (!string_of(entry)) continue;
            check_text(entry.value, everything());
            strings[entry.key] = entry.value.text();
        }
    }

    // The frame is written where a page asks for it, under conditions of its own.
    static Conditions everything() {
        Conditions all;
        for (const std::string_view name : guide_conditions())
            all.push_back({std::string(name), false});
        return all;
    }

    void take_sentence(const Node& table) {
        ProgramSentence sentence;
        for (const Entry& entry : table.entries()) {
            if (unknown(entry, {"by", "text", "cause"}, "in [[elsewhere]]")) continue;
            const auto text = string_of(entry);
            if (!text) continue;
            if (entry.key == "text") check_text(entry.value, {});
            if (entry.key == "cause" && !is_cause_of_help(*text) && *text != programs_anchor)
                reader().error(entry.value.position, in_backticks(*text) + " is no cause");
            (entry.key == "by"     ? sentence.by
             : entry.key == "text" ? sentence.text
                                   : sentence.cause) = *text;
        }
        if (sentence.by.empty() || sentence.text.empty() || sentence.cause.empty())
            reader().error(table.position, "a sentence needs `by`, `text` and `cause`");
        sentence.language = texts_.language;
        texts_.elsewhere.push_back(std::move(sentence));
    }

    void take_question(const Node& table) {
        PathQuestion question;
        if (const Node* only_if = table.find("only_if"); only_if != nullptr)
            question.only_if = conditions(*only_if);
        for (const Entry& entry : table.entries()) {
            if (unknown(entry, {"about", "question", "yes", "no", "only_if"}, "in [[path]]"))
                continue;
            if (entry.key == "only_if") continue;
            if (entry.value.kind != Node::Kind::string) {
                reader().error(entry.value.position, "a text is wanted");
            } else if (entry.key == "question") {
                check_text(entry.value, question.only_if);
                question.question = entry.value.text();
            } else if (entry.key == "about") {
                question.about = entry.value.text();
            } else {
                if (!entry.value.text().empty() && !is_cause_of_help(entry.value.text()) &&
                    entry.value.text() != settings_anchor)
                    reader().error(entry.value.position,
                                   in_backticks(entry.value.text()) + " is no cause");
                (entry.key == "yes" ? question.yes : question.no) = entry.value.text();
            }
        }
        if (question.about.empty() || question.question.empty() ||
            question.yes.empty() == question.no.empty())
            reader().error(table.position,
                           "a question needs `about` and `question`, and one of yes and no");
        texts_.path.push_back(std::move(question));
    }

    void take_causes(const Node& table) {
        for (const Entry& entry : table.entries()) {
            if (!is_cause_of_help(entry.key)) {
                reader().error(entry.position, in_backticks(entry.key) + " is no cause");
                continue;
            }
            if (!reader().is_table(entry, entry.key)) continue;
            CauseHelp& help = texts_.causes[entry.key];
            for (const Entry& part : entry.value.entries()) {
                if (unknown(part, {"title", "section", "happened", "steps", "notes"},
                            "in [cause." + entry.key + "]"))
                    continue;
                if (part.key == "title" && string_of(part)) {
                    check_text(part.value, {});
                    help.title = part.value.text();
                }
                if (part.key == "section") take_section(part, help.section);
                if (part.key == "happened") take_texts(part, {}, help.happened);
                if (part.key == "steps") take_texts(part, {}, help.steps);
                if (part.key == "notes") take_texts(part, {}, help.notes);
            }
            if (help.title.empty() || help.happened.empty() || help.steps.empty())
                reader().error(entry.position,
                               "[cause." + entry.key + "] needs a title, happened and steps");
        }
    }

    void take_section(const Entry& entry, std::string& section) {
        section = string_of(entry).value_or(std::string());
        if (std::find(guide_section_ids.begin(), guide_section_ids.end(), section) ==
            guide_section_ids.end())
            reader().error(entry.value.position, in_backticks(section) + " is no section");
    }

    void take_reasons(const Node& table) {
        for (const Entry& entry : table.entries()) {
            if (!reason_from(entry.key)) {
                reader().error(entry.position, in_backticks(entry.key) + " is no reason");
                continue;
            }
            if (!reader().is_table(entry, entry.key)) continue;
            ReasonHelp& help = texts_.reasons[entry.key];
            for (const Entry& part : entry.value.entries()) {
                if (unknown(part, {"title", "step", "section"}, "in [reason." + entry.key + "]"))
                    continue;
                if (part.key == "section") {
                    take_section(part, help.section);
                } else if (const auto text = string_of(part)) {
                    check_text(part.value, {});
                    (part.key == "title" ? help.title : help.step) = *text;
                }
            }
            if (help.title.empty() || help.step.empty())
                reader().error(entry.position,
                               "[reason." + entry.key + "] needs a title and a step");
        }
    }

    void must_have(std::string_view cause) {
        if (!texts_.causes.contains(cause))
            reader().error({0, 0, 0}, "[cause." + std::string(cause) + "] is missing");
    }

    GuideTexts& texts_;
};

bool alike(const PathQuestion& original, const PathQuestion& translation) {
    return original.about == translation.about && original.only_if == translation.only_if &&
           original.yes == translation.yes && original.no == translation.no &&
           have_the_same_placeholders(original.question, translation.question);
}

void compare_strings(const GuideStrings& original, const GuideStrings& translation,
                     const std::string& table, std::vector<std::string>& stale) {
    for (const auto& [key, text] : original) {
        const auto found = translation.find(key);
        if (found == translation.end())
            stale.push_back(table + " lacks " + key);
        else if (!have_the_same_placeholders(text, found->second))
            stale.push_back(table + " has other placeholders in " + key);
    }
    for (const auto& [key, text] : translation)
        if (!original.contains(key)) stale.push_back(table + " has " + key + " too much");
}

}  // namespace

ReadTexts read_texts(std::string_view name, std::string_view text) {
    ReadTexts read;
    read.texts.language = parse_guide_file_name(name).language;
    read.errors = read_guide_file(name, text, [&](Reader& reader, const Node& root) {
        TextsReader(reader, read.texts).read(root);
    });
    return read;
}

void mark_untranslated(const GuideTexts& original, GuideTexts& translation) {
    for (ProgramSentence& sentence : translation.elsewhere)
        if (std::any_of(original.elsewhere.begin(), original.elsewhere.end(),
                        [&](const ProgramSentence& one) { return one.text == sentence.text; }))
            sentence.language = original.language;
}

std::vector<std::string> stale_parts(const GuideTexts& original, const GuideTexts& translation) {
    std::vector<std::string> stale;
    compare_strings(original.frame, translation.frame, "[frame]", stale);
    compare_strings(original.words, translation.words, "[words]", stale);
    compare_strings(original.mark_names, translation.mark_names, "[mark_names]", stale);
    compare_strings(original.marks, translation.marks, "[marks]", stale);
    if (original.elsewhere.size() != translation.elsewhere.size())
        stale.emplace_back("[[elsewhere]] has another number of sentences");
    else
        for (std::size_t i = 0; i < original.elsewhere.size(); ++i)
            if (original.elsewhere[i].cause != translation.elsewhere[i].cause ||
                !have_the_same_placeholders(original.elsewhere[i].text,
                                            translation.elsewhere[i].text))
                stale.push_back("[[elsewhere]] " + std::to_string(i + 1) + " has another cause");
    if (original.path.size() != translation.path.size())
        stale.emplace_back("[[path]] has another number of questions");
    else
        for (std::size_t i = 0; i < original.path.size(); ++i)
            if (!alike(original.path[i], translation.path[i]))
                stale.push_back("[[path]] " + std::to_string(i + 1) + " has other answers");
    for (const auto& [id, help] : original.causes) {
        const auto found = translation.causes.find(id);
        if (found == translation.causes.end()) continue;  // an error of the file
        const std::string where = "[cause." + id + "] ";
        if (!have_the_same_placeholders(help.title, found->second.title))
            stale.push_back(where + "title has other placeholders");
        if (help.section != found->second.section) stale.push_back(where + "has another section");
        compare_items(help.happened, found->second.happened, where + "happened", stale);
        compare_items(help.steps, found->second.steps, where + "steps", stale);
        compare_items(help.notes, found->second.notes, where + "notes", stale);
    }
    for (const auto& [id, help] : original.reasons) {
        const auto found = translation.reasons.find(id);
        if (found == translation.reasons.end()) continue;  // an error of the file
        if (help.section != found->second.section ||
            !have_the_same_placeholders(help.title, found->second.title) ||
            !have_the_same_placeholders(help.step, found->second.step))
            stale.push_back("[reason." + id + "] has another section or other placeholders");
    }
    return stale;
}

}  // namespace relaypermit
