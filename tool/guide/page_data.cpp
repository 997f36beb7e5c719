#include "tool/guide/page_data.h"

#include <algorithm>

#include "policy/domain.h"
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

// What a placeholder is filled in with: a link where it leads somewhere, words as words, and a
// domain as it is typed with what it means beside it.
void fill_in(const TextRun& placeholder, const PolicyValues& values, json& runs) {
    const std::string& name = placeholder.text;
    const std::string& value = values.value(name);
    const auto holds = [&](std::string_view condition) {
        return values.holds(std::vector<GuideCondition>{{std::string(condition), false}});
    };
    const bool unknown = (name == "port" || name == "security") && !holds("port_known");
    const bool in_words = name == "user_name" || name == "address" || name == "organisation" ||
                          name == "contact" || unknown;
    if (placeholder.style == TextRun::Style::screen)
        runs.push_back(run(Kind::screen, value));
    else if (placeholder.style == TextRun::Style::code)
        runs.push_back(run(Kind::code, values.in_code(name)));
    else if (name == "webmail" || name == "password_url")
        runs.push_back(run(Kind::link, value, value));
    else if (name == "contact" && holds("contact_address"))
        runs.push_back(run(Kind::link, value, "mailto:" + value));
    else
        runs.push_back(run(in_words ? Kind::text : Kind::value, value));
    if (placeholder.style == TextRun::Style::plain && !values.in_unicode(name).empty())
        runs.push_back(run(Kind::text, " (" + values.in_unicode(name) + ")"));
}

json runs_of(const std::vector<TextRun>& runs, const PolicyValues& values) {
    json list = json::array();
    for (const TextRun& piece : runs)
        if (piece.placeholder)
            fill_in(piece, values, list);
        else
            list.push_back(run(piece.style == TextRun::Style::screen ? Kind::screen
                               : piece.style == TextRun::Style::code ? Kind::code
                                                                     : Kind::text,
                               piece.text));
    return list;
}

// "pop.example.com · POP3 · 995 · SSL/TLS"
json service_runs(const MailService& service, bool with_host, bool with_protocol) {
    json runs = json::array();
    const auto add = [&](std::string_view value) {
        if (!runs.empty()) runs.push_back(run(Kind::text, " · "));
        runs.push_back(run(Kind::value, std::string(value)));
    };
    if (with_host) {
        add(service.host);
        if (const std::string shown = domain_in_unicode(service.host); shown != service.host)
            runs.push_back(run(Kind::text, " (" + shown + ")"));
    }
    if (with_protocol) add(protocol_of(service));
    add(std::to_string(service.port));
    add(security_of(service));
    return runs;
}

json row(const std::string& label, json runs) {
    return {{"label", label}, {"runs", std::move(runs)}};
}

std::string frame(const GuideTexts& texts, std::string_view key) {
    const auto found = texts.frame.find(key);
    return found == texts.frame.end() ? std::string() : found->second;
}

std::string names_in_line(const std::vector<std::string>& names) {
    std::string line;
    for (const std::string& name : names) line += (line.empty() ? "" : ", ") + name;
    return line;
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
                block += piece.placeholder ? values.in_code(piece.text) : piece.text;
            while (block.ends_with('\n')) block.pop_back();
            item["block"] = block;
        }
        list.push_back(std::move(item));
    }
    return list;
}

json settings_data(const Loaded& loaded, const GuideTexts& texts, const PolicyValues& values) {
    json rows = json::array();
    const auto add = [&](std::string_view label, json runs) {
        rows.push_back(row(frame(texts, label), std::move(runs)));
    };
    add("server", run_data("{server}", values));
    add("port", run_data("{port}", values));
    add("security", run_data("{security}", values));
    const std::vector<MailService>& outgoing = values.outgoing();
    for (std::size_t i = 1; i < outgoing.size(); ++i) {
        const bool elsewhere = outgoing[i].host != outgoing.front().host;
        add(elsewhere ? "also_server" : "also", service_runs(outgoing[i], elsewhere, false));
    }
    add("authentication", json::array({run(Kind::text, frame(texts, "password_auth"))}));
    add("user_name", run_data("{user_name}", values));
    add("password", json::array({run(Kind::text, frame(texts, "mail_password"))}));
    std::string_view label = "incoming";
    for (const MailService& incoming : loaded.settings.guide.incoming) {
        add(label, service_runs(incoming, true, true));
        label = "also_incoming";
    }
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
            {"has_other_names", !program.search.empty()},
            {"other_names", names_in_line(program.search)},
            {"top_notes", text_data(program.notes, values)},
            {"sections", sections}};
}

}  // namespace relaypermit
