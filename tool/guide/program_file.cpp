#include "tool/guide/program_file.h"

#include <algorithm>
#include <utility>

#include "config/guide_settings.h"
#include "tool/guide/text_reader.h"

namespace relaypermit {
namespace {

class ProgramReader : private GuideTextReader {
  public:
    ProgramReader(Reader& reader, GuideProgram& program)
        : GuideTextReader(reader), program_(program) {}

    void read(const Node& root);

  private:
    void take_value(const Node& item, const Conditions& outer, std::vector<GuideValue>& values);
    void read_section(const Entry& entry, GuideSection& section);
    void read_security(const Node& table);
    void take_agents(const Entry& entry);

    GuideProgram& program_;
};

void ProgramReader::take_value(const Node& item, const Conditions& outer,
                               std::vector<GuideValue>& values) {
    GuideValue row;
    const Node* label = nullptr;
    const Node* value = nullptr;
    if (item.kind == Node::Kind::array && item.items().size() == 2 &&
        item.items_of(Node::Kind::string).size() == 2) {
        label = &item.items()[0];
        value = &item.items()[1];
    } else if (item.kind == Node::Kind::table) {
        for (const Entry& entry : item.entries()) {
            if (unknown(entry, {"label", "value", "only_if"}, "of a row")) continue;
            if (entry.key == "only_if")
                row.only_if = conditions(entry.value);
            else if (string_of(entry))
                (entry.key == "label" ? label : value) = &entry.value;
        }
    }
    if (label == nullptr || value == nullptr) {
        reader().error(item.position, "a row of values must be [\"label\", \"value\"]",
                       "or a table with `label` and `value`");
        return;
    }
    row.label = label->text();
    row.value = value->text();
    check_text(*value, joined(outer, row.only_if));
    values.push_back(std::move(row));
}

void ProgramReader::read_section(const Entry& entry, GuideSection& section) {
    if (!reader().is_table(entry, entry.key)) return;
    // First, because it says what the others may ask for.
    if (const Node* only_if = entry.value.find("only_if"); only_if != nullptr)
        section.only_if = conditions(*only_if);
    for (const Entry& part : entry.value.entries()) {
        if (unknown(part, {"title", "only_if", "before", "steps", "values", "notes"},
                    "in [" + entry.key + "]"))
            continue;
        if (part.key == "title") section.title = string_of(part).value_or("");
        if (part.key == "before") take_texts(part, section.only_if, section.before);
        if (part.key == "steps") take_texts(part, section.only_if, section.steps);
        if (part.key == "notes") take_texts(part, section.only_if, section.notes);
        if (part.key != "values" || !is_list(part)) continue;
        for (const Node& item : part.value.items())
            take_value(item, section.only_if, section.values);
    }
    if (section.steps.empty() && section.values.empty() && section.notes.empty())
        reader().error(entry.position, "[" + entry.key + "] says nothing",
                       "at least one of steps, values and notes");
}

void ProgramReader::read_security(const Node& table) {
    for (const Entry& entry : table.entries()) {
        if (unknown(entry, {"starttls", "tls"}, "in [security]")) continue;
        (entry.key == "tls" ? program_.tls : program_.starttls) = string_of(entry).value_or("");
    }
}

void ProgramReader::take_agents(const Entry& entry) {
    if (program_.language != guide_languages.front())
        reader().error(entry.position, "`agents` are the same in every language",
                       "say them in the English file alone");
    if (!is_list(entry)) return;
    for (const Node& item : entry.value.items_of(Node::Kind::string)) {
        // Of an agent= that was cut, a longer one would not be found.
        constexpr std::size_t shortest = 4;
        constexpr std::size_t longest = 64;
        const std::string& text = item.text();
        const bool printable =
            std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
        if (text.size() < shortest || text.size() > longest || !printable)
            reader().error(item.position, "an agent must be 4 to 64 characters of ASCII");
        else
            program_.agents.push_back(text);
    }
}

void ProgramReader::read(const Node& root) {
    Keys known = {"name",   "title",  "kind",  "systems", "versions",
                  "search", "agents", "notes", "security"};
    known.insert(known.end(), guide_section_ids.begin(), guide_section_ids.end());
    for (const Entry& entry : root.entries()) {
        if (unknown(entry, known, "at the top of the file")) continue;
        const auto section =
            std::find(guide_section_ids.begin(), guide_section_ids.end(), entry.key);
        if (section != guide_section_ids.end())
            read_section(
                entry,
                program_.sections[static_cast<std::size_t>(section - guide_section_ids.begin())]);
        if (entry.key == "name") program_.name = string_of(entry).value_or("");
        if (entry.key == "title") program_.title = string_of(entry).value_or("");
        if (entry.key == "systems") program_.systems = string_of(entry).value_or("");
        if (entry.key == "versions") program_.versions = string_of(entry).value_or("");
        if (entry.key == "notes") take_texts(entry, {}, program_.notes);
        if (entry.key == "security" && reader().is_table(entry, "security"))
            read_security(entry.value);
        if (entry.key == "kind" && string_of(entry) &&
            reader().choice(entry.value, "`kind`", guide_kinds))
            program_.kind = entry.value.text();
        if (entry.key == "agents") take_agents(entry);
        if (entry.key != "search" || !is_list(entry)) continue;
        for (const Node& item : entry.value.items_of(Node::Kind::string))
            program_.search.push_back(item.text());
    }
    const auto missing = [&](std::string_view what) {
        if (root.find(what) == nullptr)
            reader().error({0, 0, 0}, in_backticks(what) + " is missing");
    };
    for (const std::string_view key : {"name", "title", "kind", "systems"}) missing(key);
    for (const std::string_view section : guide_section_ids) missing(section);
    if (asks_for_security() && (program_.starttls.empty() || program_.tls.empty()))
        reader().error(*asks_for_security(), "the program's words for the security are missing",
                       "`starttls` and `tls` in [security]");
}

}  // namespace

ReadProgram read_program(std::string_view name, std::string_view text) {
    ReadProgram read;
    GuideFileName of = parse_guide_file_name(name);
    read.program.id = std::move(of.program);
    read.program.language = std::move(of.language);
    read.errors = read_guide_file(name, text, [&](Reader& reader, const Node& root) {
        ProgramReader(reader, read.program).read(root);
    });
    return read;
}

std::vector<std::string> stale_parts(const GuideProgram& original,
                                     const GuideProgram& translation) {
    std::vector<std::string> stale;
    if (original.kind != translation.kind) stale.emplace_back("`kind` is another one");
    compare_items(original.notes, translation.notes, "notes", stale);
    for (std::size_t i = 0; i < guide_section_ids.size(); ++i) {
        const GuideSection& ours = original.sections[i];
        const GuideSection& theirs = translation.sections[i];
        const std::string where = "[" + std::string(guide_section_ids[i]) + "] ";
        if (ours.only_if != theirs.only_if) stale.push_back(where + "has another only_if");
        compare_items(ours.before, theirs.before, where + "before", stale);
        compare_items(ours.steps, theirs.steps, where + "steps", stale);
        compare_items(ours.values, theirs.values, where + "values", stale);
        compare_items(ours.notes, theirs.notes, where + "notes", stale);
    }
    return stale;
}

}  // namespace relaypermit
