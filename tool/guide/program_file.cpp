#include "tool/guide/program_file.h"

#include <algorithm>
#include <optional>
#include <set>

#include "config/document.h"
#include "tool/guide/rich_text.h"

namespace relaypermit {
namespace {

using Conditions = std::vector<GuideCondition>;
using Keys = std::vector<std::string_view>;

// What `only_if` of the places around an item says, and then its own.
Conditions joined(Conditions outer, const Conditions& inner) {
    outer.insert(outer.end(), inner.begin(), inner.end());
    return outer;
}

class ProgramReader {
  public:
    ProgramReader(Reader& reader, GuideProgram& program) : reader_(reader), program_(program) {}

    void read(const Node& root);

  private:
    bool unknown(const Entry& entry, const Keys& known, const std::string& where);
    bool is_list(const Entry& entry);
    std::optional<std::string> string_of(const Entry& entry);
    Conditions conditions(const Node& node);
    void check_word(const Node& text, std::string_view name, const Conditions& holds);
    void check_text(const Node& text, const Conditions& holds);
    void check_code(const Node& code, const Conditions& holds);
    void take_texts(const Entry& entry, const Conditions& outer, std::vector<GuideText>& texts);
    void take_text(const Node& item, const Conditions& outer, std::vector<GuideText>& texts);
    void take_value(const Node& item, const Conditions& outer, std::vector<GuideValue>& values);
    void read_section(const Entry& entry, GuideSection& section);
    void read_security(const Node& table);

    Reader& reader_;
    GuideProgram& program_;
    std::optional<Position> asks_for_security_{};
};

bool ProgramReader::unknown(const Entry& entry, const Keys& known, const std::string& where) {
    if (std::find(known.begin(), known.end(), entry.key) != known.end()) return false;
    reader_.enter(where);
    reader_.unknown_key(entry, known);
    return true;
}

bool ProgramReader::is_list(const Entry& entry) {
    if (entry.value.kind == Node::Kind::array) return true;
    reader_.error(entry.value.position, in_backticks(entry.key) + " must be a list");
    return false;
}

std::optional<std::string> ProgramReader::string_of(const Entry& entry) {
    if (entry.value.kind == Node::Kind::string && !entry.value.text().empty())
        return entry.value.text();
    reader_.error(entry.value.position, in_backticks(entry.key) + " must be a text");
    return std::nullopt;
}

Conditions ProgramReader::conditions(const Node& node) {
    std::vector<const Node*> items;
    if (node.kind == Node::Kind::array)
        for (const Node& item : node.items()) items.push_back(&item);
    else
        items.push_back(&node);
    Conditions found;
    for (const Node* item : items) {
        if (item->kind != Node::Kind::string) {
            reader_.error(item->position, "a condition must be a string");
            continue;
        }
        const bool negated = item->text().starts_with('!');
        const std::string name = item->text().substr(negated ? 1 : 0);
        const auto known = guide_conditions();
        if (std::find(known.begin(), known.end(), name) == known.end())
            reader_.error(item->position, "unknown condition " + in_backticks(name),
                          did_you_mean(name, Keys(known.begin(), known.end())));
        else
            found.push_back({name, negated});
    }
    return found;
}

void ProgramReader::check_word(const Node& text, std::string_view name, const Conditions& holds) {
    const GuidePlaceholder* const placeholder = guide_placeholder(name);
    const std::string shown = "{" + std::string(name) + "}";
    if (placeholder == nullptr) {
        Keys known;
        for (const GuidePlaceholder& row : guide_placeholders()) known.push_back(row.name);
        reader_.error(text.position, "unknown placeholder " + in_backticks(shown),
                      did_you_mean(name, known));
    } else if (!grants_condition(holds, placeholder->needs)) {
        reader_.error(text.position, in_backticks(shown) + " has no value in some policies",
                      "only_if = \"" + std::string(placeholder->needs) + "\"");
    }
    if (name.ends_with("security") && !asks_for_security_) asks_for_security_ = text.position;
}

void ProgramReader::check_text(const Node& text, const Conditions& holds) {
    const auto runs = parse_rich_text(text.text());
    if (!runs) {
        reader_.error_inside(text, runs.error().offset, runs.error().why);
        return;
    }
    if (text.text().find('<') != std::string::npos && text.text().find('`') == std::string::npos)
        reader_.error(text.position, "`<` outside of backticks", "texts hold no HTML");
    for (const TextRun& run : *runs)
        if (run.placeholder) check_word(text, run.text, holds);
}

void ProgramReader::check_code(const Node& code, const Conditions& holds) {
    for (const TextRun& run : parse_code(code.text()))
        if (run.placeholder) check_word(code, run.text, holds);
}

void ProgramReader::take_text(const Node& item, const Conditions& outer,
                              std::vector<GuideText>& texts) {
    GuideText text;
    const Node* words = nullptr;
    const Node* code = nullptr;
    if (item.kind == Node::Kind::string) {
        words = &item;
    } else if (item.kind == Node::Kind::table) {
        for (const Entry& entry : item.entries()) {
            if (unknown(entry, {"text", "code", "only_if"}, "of a text")) continue;
            if (entry.key == "only_if")
                text.only_if = conditions(entry.value);
            else if (string_of(entry))
                (entry.key == "text" ? words : code) = &entry.value;
        }
    }
    if (words == nullptr || words->text().empty()) {
        reader_.error(item.position, "a text must be a string, or a table with `text`");
        return;
    }
    const Conditions holds = joined(outer, text.only_if);
    text.text = words->text();
    check_text(*words, holds);
    if (code != nullptr) {
        text.code = code->text();
        check_code(*code, holds);
    }
    texts.push_back(std::move(text));
}

void ProgramReader::take_texts(const Entry& entry, const Conditions& outer,
                               std::vector<GuideText>& texts) {
    if (!is_list(entry)) return;
    for (const Node& item : entry.value.items()) take_text(item, outer, texts);
}

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
        reader_.error(item.position, "a row of values must be [\"label\", \"value\"]",
                      "or a table with `label` and `value`");
        return;
    }
    row.label = label->text();
    row.value = value->text();
    check_text(*value, joined(outer, row.only_if));
    values.push_back(std::move(row));
}

void ProgramReader::read_section(const Entry& entry, GuideSection& section) {
    if (!reader_.is_table(entry, entry.key)) return;
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
        reader_.error(entry.position, "[" + entry.key + "] says nothing",
                      "at least one of steps, values and notes");
}

void ProgramReader::read_security(const Node& table) {
    for (const Entry& entry : table.entries()) {
        if (unknown(entry, {"starttls", "tls"}, "in [security]")) continue;
        (entry.key == "tls" ? program_.tls : program_.starttls) = string_of(entry).value_or("");
    }
}

void ProgramReader::read(const Node& root) {
    Keys known = {"name", "title", "kind", "systems", "versions", "search", "notes", "security"};
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
        if (entry.key == "security" && reader_.is_table(entry, "security"))
            read_security(entry.value);
        if (entry.key == "kind" && string_of(entry) &&
            reader_.choice(entry.value, "`kind`", guide_kinds))
            program_.kind = entry.value.text();
        if (entry.key != "search" || !is_list(entry)) continue;
        for (const Node& item : entry.value.items_of(Node::Kind::string))
            program_.search.push_back(item.text());
    }
    const auto missing = [&](std::string_view what) {
        if (root.find(what) == nullptr)
            reader_.error({0, 0, 0}, in_backticks(what) + " is missing");
    };
    for (const std::string_view key : {"name", "title", "kind", "systems"}) missing(key);
    for (const std::string_view section : guide_section_ids) missing(section);
    if (asks_for_security_ && (program_.starttls.empty() || program_.tls.empty()))
        reader_.error(*asks_for_security_, "the program's words for the security are missing",
                      "`starttls` and `tls` in [security]");
}

// --- A translation against its original

std::multiset<std::string> words_of(std::string_view text) {
    std::multiset<std::string> words;
    for (const TextRun& run : parse_rich_text(text).value_or(std::vector<TextRun>()))
        if (run.placeholder) words.insert(run.text);
    return words;
}

// What the two must have in common: all but the words.
bool alike(const GuideText& original, const GuideText& translation) {
    return original.only_if == translation.only_if &&
           original.code.empty() == translation.code.empty() &&
           words_of(original.text) == words_of(translation.text);
}

bool alike(const GuideValue& original, const GuideValue& translation) {
    return original.only_if == translation.only_if &&
           words_of(original.value) == words_of(translation.value);
}

template <class Item>
void compare(const std::vector<Item>& original, const std::vector<Item>& translation,
             const std::string& where, std::vector<std::string>& stale) {
    if (original.size() != translation.size()) {
        stale.push_back(where + " has " + std::to_string(translation.size()) + " items, not " +
                        std::to_string(original.size()));
        return;
    }
    for (std::size_t i = 0; i < original.size(); ++i)
        if (!alike(original[i], translation[i]))
            stale.push_back(where + ", item " + std::to_string(i + 1) +
                            " has other conditions, placeholders or code");
}

}  // namespace

ReadProgram read_program(std::string_view name, std::string_view text) {
    ReadProgram read;
    const std::string_view file = name.substr(name.find_last_of('/') + 1);
    const std::size_t dot = file.find('.');
    read.program.id = file.substr(0, dot);
    if (dot != std::string_view::npos) {
        const std::string_view rest = file.substr(dot + 1);
        read.program.language = rest.substr(0, rest.find('.'));
    }
    std::vector<SourceText> sources;
    sources.emplace_back(name, std::string(text));
    Reader reader(sources);
    const Node root = read_document(reader, sources.front(), 0);
    ProgramReader(reader, read.program).read(root);
    read.errors = reader.take_errors();
    sort_by_place(read.errors, {std::string(name)});
    return read;
}

std::vector<std::string> stale_parts(const GuideProgram& original,
                                     const GuideProgram& translation) {
    std::vector<std::string> stale;
    if (original.kind != translation.kind) stale.emplace_back("`kind` is another one");
    compare(original.notes, translation.notes, "notes", stale);
    for (std::size_t i = 0; i < guide_section_ids.size(); ++i) {
        const GuideSection& ours = original.sections[i];
        const GuideSection& theirs = translation.sections[i];
        const std::string where = "[" + std::string(guide_section_ids[i]) + "] ";
        if (ours.only_if != theirs.only_if) stale.push_back(where + "has another only_if");
        compare(ours.before, theirs.before, where + "before", stale);
        compare(ours.steps, theirs.steps, where + "steps", stale);
        compare(ours.values, theirs.values, where + "values", stale);
        compare(ours.notes, theirs.notes, where + "notes", stale);
    }
    return stale;
}

}  // namespace relaypermit
