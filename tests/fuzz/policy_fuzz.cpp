// The reader of policy files on any bytes: it never crashes, hangs or throws; what it complains of
// has a place within the text and reads as one line; what it takes can be played.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "config/load.h"
#include "policy/play.h"
#include "tests/fuzz/require.h"

using namespace relaypermit;

namespace {

constexpr std::string_view name = "policy.toml";

bool is_one_line(const std::string& text) {
    return std::none_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < ' ' || byte == 0x7F;
    });
}

// The place is in the text, or just behind one of its lines.
bool is_within(const Place& place, std::string_view text) {
    if (place.line == 0) return place.column == 0;
    for (std::uint32_t line = 1; line < place.line; ++line) {
        const std::size_t end = text.find('\n');
        if (end == std::string_view::npos) return false;
        text.remove_prefix(end + 1);
    }
    text = text.substr(0, text.find('\n'));
    return place.column >= 1 && place.column <= text.size() + 1;
}

void check(const Diagnostic& error, std::string_view text) {
    require(error.severity == Severity::error, "the reader makes errors only");
    require(error.place.file() == name, "an error names the file");
    require(is_within(error.place, text), "an error has a place within the text");
    require(!error.text.empty() && is_one_line(to_string(error)), "an error reads as one line");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const Loaded loaded = load_policy_text(text, name, "host.example");
    require((loaded.policy == nullptr) == !loaded.errors.empty(), "a policy, or errors");
    for (const Diagnostic& error : loaded.errors) check(error, text);
    require(std::is_sorted(loaded.errors.begin(), loaded.errors.end(),
                           [](const Diagnostic& a, const Diagnostic& b) {
                               return std::pair(a.place.line, a.place.column) <
                                      std::pair(b.place.line, b.place.column);
                           }),
            "errors stand in source order");
    if (loaded.policy)
        for (const TestCase& test : loaded.tests)
            (void)play(*loaded.policy, case_facts(test.facts, *loaded.policy, TimePoint{}));
    return 0;
}
