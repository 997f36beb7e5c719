#include "tool/guide/help_desk_answer.h"

#include <algorithm>
#include <utility>

#include "policy/cause.h"
#include "policy/reason.h"
#include "record/json_writer.h"
#include "tool/base/terminal.h"
#include "tool/guide/rich_text.h"
#include "tool/guide/values.h"

namespace relaypermit {
namespace {

constexpr std::size_t answer_columns = 72;  // what mail programs quote without breaking it
constexpr std::string_view outgoing_section = guide_section_ids[1];

std::string frame(const GuideTexts& texts, std::string_view key) {
    const auto found = texts.frame.find(key);
    return found == texts.frame.end() ? std::string() : found->second;
}

std::vector<AnswerText> texts_of(const std::vector<GuideText>& texts, const PolicyValues& values) {
    std::vector<AnswerText> answer;
    for (const GuideText& text : texts) {
        if (!values.holds(text.only_if)) continue;
        AnswerText one{values.plain(text.text), {}};
        for (const TextRun& run : parse_code(text.code))
            one.code += run.placeholder ? values.value(run.text) : run.text;
        while (one.code.ends_with('\n')) one.code.pop_back();
        answer.push_back(std::move(one));
    }
    return answer;
}

std::optional<ProgramAnswer> program_answer(const Loaded& loaded, const GuideData& data,
                                            std::string_view id, std::string_view wanted,
                                            const GuideTexts& texts) {
    const GuideProgram* program = page_of(data, id, texts.language);
    if (program == nullptr || wanted.empty()) return std::nullopt;
    const auto words = data.texts.find(program->language);
    if (words == data.texts.end()) return std::nullopt;
    const PolicyValues values(loaded, words->second, program);
    const auto at = static_cast<std::size_t>(
        std::find(guide_section_ids.begin(), guide_section_ids.end(), wanted) -
        guide_section_ids.begin());
    const GuideSection& section = program->sections[at];
    if (!values.holds(section.only_if)) return std::nullopt;
    ProgramAnswer answer;
    answer.id = program->id;
    answer.name = program->name;
    answer.language = program->language;
    if (program->language != texts.language) answer.only_there = frame(texts, "only_english");
    answer.heading =
        section.title.empty() ? frame(words->second, wanted) : values.plain(section.title);
    answer.before = texts_of(section.before, values);
    answer.steps = texts_of(section.steps, values);
    for (const GuideValue& row : section.values)
        if (values.holds(row.only_if))
            answer.values.push_back({row.label, values.plain(row.value)});
    answer.notes = texts_of(section.notes, values);
    return answer;
}

// Where it is not known which program: the settings that each needs.
std::optional<ProgramAnswer> answer_for_any_program(const PolicyValues& values,
                                                    std::string_view wanted,
                                                    const GuideTexts& texts) {
    if (wanted != outgoing_section) return std::nullopt;  // the cause's own steps are for all
    ProgramAnswer answer;
    answer.name = frame(texts, "settings");
    answer.language = texts.language;
    answer.heading = frame(texts, "settings_lead");
    const auto add = [&](std::string_view label, std::string value) {
        answer.values.push_back({frame(texts, label), std::move(value)});
    };
    add("server", values.plain("{server}"));
    add("port", values.plain("{port}"));
    add("security", values.plain("{security}"));
    add("authentication", frame(texts, "password_auth"));
    add("user_name", values.plain("{user_name}"));
    add("password", frame(texts, "mail_password"));
    return answer;
}

// What the person was told has a remedy of its own, where the reply was written for a reason.
Reason reason_told(std::string_view cause, std::string_view reply) {
    const auto known = cause_from(cause);
    return known ? reason_of_reply(*known, reply) : Reason::none;
}

// --- As text -----------------------------------------------------------------------------------

class Paper {
  public:
    void line(std::string_view text) {
        text_ += text;
        text_ += '\n';
    }
    void gap() { text_ += '\n'; }
    // `mark` stands before the first line, and the others are indented as far.
    void paragraph(std::string_view mark, const AnswerText& item) {
        const std::size_t indent = columns(mark);
        line(std::string(mark) + wrapped(item.text, answer_columns, indent));
        if (item.code.empty()) return;
        gap();
        for (std::size_t at = 0; at <= item.code.size();) {
            const std::size_t end = std::min(item.code.find('\n', at), item.code.size());
            line(std::string(indent + 4, ' ') + item.code.substr(at, end - at));
            at = end + 1;
        }
        gap();
    }
    void paragraphs(const std::vector<AnswerText>& items) {
        for (const AnswerText& item : items) paragraph("", item);
    }
    void numbered(const std::vector<AnswerText>& items) {
        std::size_t number = 0;
        for (const AnswerText& item : items) paragraph(std::to_string(++number) + ". ", item);
    }
    void notes(const std::vector<AnswerText>& items) {
        if (!items.empty()) gap();
        for (const AnswerText& item : items) paragraph("- ", item);
    }
    [[nodiscard]] std::string take() { return std::move(text_); }

  private:
    std::string text_{};
};

void write_values(Paper& paper, const std::vector<AnswerValue>& values) {
    if (values.empty()) return;
    std::size_t widest = 0;
    for (const AnswerValue& row : values) widest = std::max(widest, columns(row.label));
    paper.gap();
    for (const AnswerValue& row : values)
        paper.line("   " + padded(row.label + ":", widest + 2) + row.value);
}

void write_program(Paper& paper, const ProgramAnswer& program) {
    paper.gap();
    paper.line(wrapped(program.name + ": " + program.heading, answer_columns, 0));
    if (!program.only_there.empty()) paper.line(program.only_there);
    paper.paragraphs(program.before);
    paper.numbered(program.steps);
    write_values(paper, program.values);
    paper.notes(program.notes);
}

// --- As JSON -----------------------------------------------------------------------------------

void write_texts(JsonWriter& json, std::string_view key, const std::vector<AnswerText>& texts) {
    json.key(key).open_array();
    for (const AnswerText& text : texts)
        json.value(text.code.empty() ? text.text : text.text + "\n" + text.code);
    json.close_array();
}

}  // namespace

tl::expected<UserAnswer, std::string> answer_for_user(
    const Loaded& loaded, const GuideData& data, std::string_view cause, std::string_view reference,
    std::string_view reply, std::string_view program, std::string_view language) {
    const auto texts = data.texts.find(language);
    if (texts == data.texts.end())
        return tl::unexpected("there are no help pages in `" + std::string(language) + "`");
    const GuideTexts& words = texts->second;
    const auto help = words.causes.find(cause);
    if (help == words.causes.end())
        return tl::unexpected("the help pages know no cause `" + std::string(cause) + "`");
    const PolicyValues values(loaded, words);
    UserAnswer answer;
    answer.reference = reference;
    answer.cause = cause;
    answer.language = language;
    answer.shown_heading = frame(words, "shown");
    answer.shown = reply;
    answer.happened_heading = frame(words, "happened");
    answer.steps_heading = frame(words, "do");
    std::string_view section = help->second.section;
    if (const Reason reason = reason_told(cause, reply); reason != Reason::none) {
        const ReasonHelp& own = words.reasons.find(to_string(reason))->second;
        answer.title = values.plain(own.title);
        answer.steps = texts_of({{{}, own.step, {}}}, values);
        section = own.section;
    } else {
        answer.title = values.plain(help->second.title);
        answer.happened = texts_of(help->second.happened, values);
        answer.steps = texts_of(help->second.steps, values);
        answer.notes = texts_of(help->second.notes, values);
    }
    answer.program = page_of(data, program, language) == nullptr
                         ? answer_for_any_program(values, section, words)
                         : program_answer(loaded, data, program, section, words);
    if (!section.empty()) answer.page_heading = frame(words, "steps_for");
    if (const std::string& help_url = loaded.policy->source().help_url; !help_url.empty())
        answer.page = help_url + "#" + std::string(cause);
    return answer;
}

std::string to_text(const UserAnswer& answer) {
    Paper paper;
    paper.line(wrapped(answer.title, answer_columns, 0));
    paper.gap();
    if (!answer.shown.empty()) {
        paper.line(answer.shown_heading);
        paper.line(wrapped(answer.shown, answer_columns, 0));
        paper.gap();
    }
    if (!answer.happened.empty()) {
        paper.line(answer.happened_heading);
        paper.paragraphs(answer.happened);
        paper.gap();
    }
    paper.line(answer.steps_heading);
    paper.numbered(answer.steps);
    paper.notes(answer.notes);
    if (answer.program) write_program(paper, *answer.program);
    paper.gap();
    if (!answer.page.empty()) {
        if ((!answer.program || answer.program->id.empty()) && !answer.page_heading.empty())
            paper.line(answer.page_heading);
        paper.line(answer.page);
    }
    paper.line("ref " + answer.reference);
    return paper.take();
}

std::string to_json_line(const UserAnswer& answer) {
    JsonWriter json;
    json.open_object().key("ref").value(answer.reference).key("cause").value(answer.cause);
    json.key("language").value(answer.language).key("title").value(answer.title);
    json.key("reply");
    answer.shown.empty() ? json.null() : json.value(answer.shown);
    write_texts(json, "happened", answer.happened);
    write_texts(json, "steps", answer.steps);
    write_texts(json, "notes", answer.notes);
    json.key("program");
    if (const auto& program = answer.program) {
        json.open_object().key("id");
        program->id.empty() ? json.null() : json.value(program->id);
        json.key("name").value(program->name);
        json.key("language").value(program->language).key("heading").value(program->heading);
        write_texts(json, "before", program->before);
        write_texts(json, "steps", program->steps);
        json.key("values").open_array();
        for (const AnswerValue& row : program->values)
            json.open_object()
                .key("label")
                .value(row.label)
                .key("value")
                .value(row.value)
                .close_object();
        json.close_array();
        write_texts(json, "notes", program->notes);
        json.close_object();
    } else {
        json.null();
    }
    json.key("page");
    answer.page.empty() ? json.null() : json.value(answer.page);
    json.key("text").value(to_text(answer));
    return json.close_object().take();
}

}  // namespace relaypermit
