// Reads what programs and texts have in common: lists of TEXT with conditions and placeholders,
// each mistake with its place. Internal to tool/guide. One thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/reader.h"
#include "tool/guide/program.h"

namespace relaypermit {

class GuideTextReader {
  public:
    using Conditions = std::vector<GuideCondition>;
    using Keys = std::vector<std::string_view>;

    explicit GuideTextReader(Reader& reader) : reader_(reader) {}

    [[nodiscard]] Reader& reader() { return reader_; }
    // What `only_if` of the places around an item says, and then its own.
    [[nodiscard]] static Conditions joined(Conditions outer, const Conditions& inner);
    // Whether the key is none of the known; says so.
    [[nodiscard]] bool unknown(const Entry& entry, const Keys& known, const std::string& where);
    [[nodiscard]] bool is_list(const Entry& entry);
    [[nodiscard]] std::optional<std::string> string_of(const Entry& entry);
    [[nodiscard]] Conditions conditions(const Node& node);
    void check_text(const Node& text, const Conditions& holds);
    void take_texts(const Entry& entry, const Conditions& outer, std::vector<GuideText>& texts);
    // Where a text first asks how something is secured, in the program's own words.
    [[nodiscard]] const std::optional<Position>& asks_for_security() const {
        return asks_for_security_;
    }

  private:
    void check_word(const Node& text, std::string_view name, const Conditions& holds);
    void check_code(const Node& code, const Conditions& holds);
    void take_text(const Node& item, const Conditions& outer, std::vector<GuideText>& texts);

    Reader& reader_;
    std::optional<Position> asks_for_security_{};
};

// Of what a file is: programs/thunderbird.en.toml, or texts/en.toml, which has no program.
struct GuideFileName {
    std::string program{};
    std::string language{};
};
[[nodiscard]] GuideFileName parse_guide_file_name(std::string_view name);
// Reads a file, and answers every mistake in it, in source order. `name` is with or without
// folders.
[[nodiscard]] std::vector<Diagnostic> read_guide_file(
    std::string_view name, std::string_view text,
    const std::function<void(Reader&, const Node& root)>& read);

// The words of a text apart: what a translation and its original must have in common.
[[nodiscard]] bool alike(const GuideText& original, const GuideText& translation);
[[nodiscard]] bool alike(const GuideValue& original, const GuideValue& translation);
[[nodiscard]] bool have_the_same_placeholders(std::string_view one, std::string_view other);

template <class Item>
void compare_items(const std::vector<Item>& original, const std::vector<Item>& translation,
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

}  // namespace relaypermit
