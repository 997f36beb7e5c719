#include "tool/guide/text_reader.h"

#include <algorithm>
#include <set>

#include "config/document.h"
#include "tool/guide/rich_text.h"

namespace relaypermit {
namespace {

std::multiset<std::string> words_of(std::string_view text) {
    std::multiset<std::string> words;
    for (const TextRun& run : parse_rich_text(text).value_or(std::vector<TextRun>()))
        if (run.placeholder) words.insert(run.text);
    return words;
}

}  // namespace

GuideTextReader::Conditions GuideTextReader::joined(Conditions outer, const Conditions& inner) {
    outer.insert(outer.end(), inner.begin(), inner.end());
    return outer;
}

bool GuideTextReader::unknown(const Entry& entry, const Keys& known, const std::string& where) {
    if (std::find(known.begin(), known.end(), entry.key) != known.end()) return false;
    reader_.enter(where);
    reader_.unknown_key(entry, known);
    return true;
}

bool GuideTextReader::is_list(const Entry& entry) {
    if (entry.value.kind == Node::Kind::array) return true;
    reader_.error(entry.value.position, in_backticks(entry.key) + " must be a list");
    return false;
}

std::optional<std::string> GuideTextReader::string_of(const Entry& entry) {
    if (entry.value.kind == Node::Kind::string && !entry.value.text().empty())
        return entry.value.text();
    reader_.error(entry.value.position, in_backticks(entry.key) + " must be a text");
    return std::nullopt;
}

GuideTextReader::Conditions GuideTextReader::conditions(const Node& node) {
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

void GuideTextReader::check_word(const Node& text, std::string_view name, const Conditions& holds) {
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

void GuideTextReader::check_text(const Node& text, const Conditions& holds) {
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

void GuideTextReader::check_code(const Node& code, const Conditions& holds) {
    for (const TextRun& run : parse_code(code.text()))
        if (run.placeholder) check_word(code, run.text, holds);
}

void GuideTextReader::take_text(const Node& item, const Conditions& outer,
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

void GuideTextReader::take_texts(const Entry& entry, const Conditions& outer,
                                 std::vector<GuideText>& texts) {
    if (!is_list(entry)) return;
    for (const Node& item : entry.value.items()) take_text(item, outer, texts);
}

GuideFileName parse_guide_file_name(std::string_view name) {
    name.remove_prefix(name.find_last_of('/') + 1);
    if (name.ends_with(".toml")) name.remove_suffix(5);
    const std::size_t dot = name.find('.');
    if (dot == std::string_view::npos) return {{}, std::string(name)};
    return {std::string(name.substr(0, dot)), std::string(name.substr(dot + 1))};
}

std::vector<Diagnostic> read_guide_file(
    std::string_view name, std::string_view text,
    const std::function<void(Reader&, const Node& root)>& read) {
    std::vector<SourceText> sources;
    sources.emplace_back(name, std::string(text));
    Reader reader(sources);
    const Node root = read_document(reader, sources.front(), 0);
    read(reader, root);
    std::vector<Diagnostic> errors = reader.take_errors();
    sort_by_place(errors, {std::string(name)});
    return errors;
}

bool alike(const GuideText& original, const GuideText& translation) {
    return original.only_if == translation.only_if &&
           original.code.empty() == translation.code.empty() &&
           words_of(original.text) == words_of(translation.text);
}

bool alike(const GuideValue& original, const GuideValue& translation) {
    return original.only_if == translation.only_if &&
           words_of(original.value) == words_of(translation.value);
}

bool have_the_same_placeholders(std::string_view one, std::string_view other) {
    return words_of(one) == words_of(other);
}

}  // namespace relaypermit
