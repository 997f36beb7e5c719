// Writes JSON (RFC 8259) in the order in which it is told, without building a tree: a log of a
// million lines is written as it is read. Always valid UTF-8: a byte that is not becomes U+FFFD.
// Control characters, and characters that do not show or that turn text round, are \uXXXX: a
// terminal shows them as what they are.
// One thread.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace relaypermit {

// Which characters stand for themselves in a string: all that show, or those of ASCII alone, for a
// carrier that may mangle others.
enum class JsonText : std::uint8_t { utf8, ascii };

//   JsonWriter json;
//   json.open_object().key("ref").value("7F3K2Q9D").key("count").value(3).close_object();
// A comma goes where one is needed; the caller sees to it that keys and values alternate.
class JsonWriter {
  public:
    // `indent` > 0: a line for each member; 0: everything on one line, as JSON Lines need.
    explicit JsonWriter(unsigned indent = 0, JsonText characters = JsonText::utf8)
        : indent_(indent), characters_(characters) {}

    JsonWriter& open_object() { return open('{'); }
    JsonWriter& close_object() { return close('}'); }
    JsonWriter& open_array() { return open('['); }
    JsonWriter& close_array() { return close(']'); }
    JsonWriter& key(std::string_view name);
    JsonWriter& value(std::string_view text);
    JsonWriter& value(const char* text) { return value(std::string_view{text}); }
    JsonWriter& value(bool truth) { return raw(truth ? "true" : "false"); }
    JsonWriter& value(double number);
    template <std::integral Number>
        requires(!std::same_as<Number, bool>)
    JsonWriter& value(Number number) {
        return raw(std::to_string(number));
    }
    JsonWriter& null() { return raw("null"); }
    // A value that is JSON already.
    JsonWriter& json(std::string_view text) { return raw(text); }
    // The members of an object that is JSON already, and has some, in the one that is open.
    JsonWriter& members(std::string_view object) {
        return raw(object.substr(1, object.size() - 2));
    }
    JsonWriter& values(const std::vector<std::string>& texts);

    [[nodiscard]] const std::string& text() const { return text_; }
    // Hands the text out and begins anew.
    [[nodiscard]] std::string take();

  private:
    JsonWriter& open(char bracket);
    JsonWriter& close(char bracket);
    JsonWriter& raw(std::string_view text);
    void separate();
    void new_line();

    unsigned indent_;
    JsonText characters_;
    unsigned depth_{};
    bool first_{true};  // nothing stands yet between the innermost brackets
    bool after_key_{};
    std::string text_{};
};

// `text` as a JSON string with its quotes, appended to `out`.
void append_json_string(std::string& out, std::string_view text,
                        JsonText characters = JsonText::utf8);

}  // namespace relaypermit
