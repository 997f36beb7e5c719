#include "tool/guide/page_data.h"

#include <algorithm>

#include "tool/guide/rich_text.h"

namespace relaypermit {

using nlohmann::json;

namespace {

enum class Kind : std::uint8_t { text, screen, code, value, link };

json run(Kind kind, const std::string& text, const std::string& address = {}) {
    return {{"t", text},
            {"href", address},
            {"text", kind == Kind::text},
            {"screen", kind == Kind::screen},
            {"code", kind == Kind::code},
            {"value", kind == Kind::value},
            {"link", kind == Kind::link}};
}

// What a placeholder is filled in with: a link where it leads somewhere, words as words.
json filled_in(const TextRun& placeholder, const PolicyValues& values) {
    const std::string& value = values.value(placeholder.text);
    const bool in_words = placeholder.text == "user_name" || placeholder.text == "address" ||
                          placeholder.text == "organisation";
    const auto holds = [&](std::string_view name) {
        return values.holds(std::vector<GuideCondition>{{std::string(name), false}});
    };
    if (placeholder.style == TextRun::Style::screen) return run(Kind::screen, value);
    if (placeholder.style == TextRun::Style::code) return run(Kind::code, value);
    if (placeholder.text == "webmail" || placeholder.text == "password_url")
        return run(Kind::link, value, value);
    if (placeholder.text == "contact" && holds("contact_address"))
        return run(Kind::link, value, "mailto:" + value);
    return run(in_words || placeholder.text == "contact" ? Kind::text : Kind::value, value);
}

json runs_of(const std::vector<TextRun>& runs, const PolicyValues& values) {
    json list = json::array();
    for (const TextRun& piece : runs)
        if (piece.placeholder)
            list.push_back(filled_in(piece, values));
        else
            list.push_back(run(piece.style == TextRun::Style::screen ? Kind::screen
                               : piece.style == TextRun::Style::code ? Kind::code
                                                                     : Kind::text,
                               piece.text));
    return list;
}

json row(const std::string& label, json runs) {
    return {{"label", label}, {"runs", std::move(runs)}};
}

std::string frame(const GuideTexts& texts, std::string_view key) {
    const auto found = texts.frame.find(key);
    return found == texts.frame.end() ? std::string() : found->second;
}

}  // namespace

json frame_data(const GuideTexts& texts, const PolicyValues& values) {
    json all = json::object();
    for (const auto& [key, text] : texts.frame) all[key] = values.plain(text);
    return all;
}

json run_data(std::string_view rich_text, const PolicyValues& values) {
    return runs_of(parse_rich_text(rich_text).value_or(std::vector<TextRun>()), values);
}

json text_data(const std::vector<GuideText>& texts, const PolicyValues& values) {
    json list = json::array();
    for (const GuideText& text : texts) {
        if (!values.holds(text.only_if)) continue;
        json item = {{"runs", run_data(text.text, values)}, {"block", false}};
        if (!text.code.empty()) {
            std::string block;
            for (const TextRun& piece : parse_code(text.code))
                block += piece.placeholder ? values.value(piece.text) : piece.text;
            while (block.ends_with('\n')) block.pop_back();
            item["block"] = block;
        }
        list.push_back(std::move(item));
    }
    return list;
}

json settings_data(const GuideTexts& texts, const PolicyValues& values) {
    json rows = json::array();
    const auto add = [&](std::string_view label, json runs) {
        rows.push_back(row(frame(texts, label), std::move(runs)));
    };
    add("server", run_data("{server}", values));
    add("port", run_data("{port}", values));
    add("security", run_data("{security}", values));
    if (!values.value("other_port").empty())
        rows.push_back(
            row(frame(texts, "also"), run_data("{other_port} · {other_security}", values)));
    add("authentication", json::array({run(Kind::text, frame(texts, "password_auth"))}));
    add("user_name", run_data("{user_name}", values));
    add("password", json::array({run(Kind::text, frame(texts, "mail_password"))}));
    if (!values.value("incoming_server").empty())
        add("incoming", run_data("{incoming_server} · {incoming_protocol} · {incoming_port} · "
                                 "{incoming_security}",
                                 values));
    return rows;
}

json program_data(const GuideProgram& program, const GuideTexts& texts,
                  const PolicyValues& values) {
    json sections = json::array();
    for (std::size_t i = 0; i < guide_section_ids.size(); ++i) {
        const GuideSection& section = program.sections[i];
        if (!values.holds(section.only_if)) continue;
        const std::string id(guide_section_ids[i]);
        json rows = json::array();
        for (const GuideValue& value : section.values)
            if (values.holds(value.only_if))
                rows.push_back(row(value.label, run_data(value.value, values)));
        const json before = text_data(section.before, values);
        const json steps = text_data(section.steps, values);
        const json notes = text_data(section.notes, values);
        sections.push_back(
            {{"id", id},
             {"heading", section.title.empty() ? frame(texts, id) : values.plain(section.title)},
             {"before", before},
             {"has_steps", !steps.empty()},
             {"steps", steps},
             {"has_rows", !rows.empty()},
             {"rows", rows},
             {"has_notes", !notes.empty()},
             {"notes", notes}});
    }
    return {{"name", program.name},
            {"systems", program.systems},
            {"has_versions", !program.versions.empty()},
            {"versions", program.versions},
            {"top_notes", text_data(program.notes, values)},
            {"sections", sections}};
}

}  // namespace relaypermit
