#include "config/recovered_listen.h"

#include <algorithm>
#include <string>

#include "config/socket_address.h"
#include "policy/ascii.h"

namespace relaypermit {
namespace {

constexpr std::string_view blanks = " \t";

bool is_of_a_word(char c) {
    return is_ascii_alphanumeric(c) || c == '_' || c == '-';
}

// Of `KEY = "VALUE"` on the line, the value; empty where it stands there in no such way.
std::string_view assigned(std::string_view line, std::string_view key) {
    if (line.substr(0, line.find('#')).find(key) == std::string_view::npos) return {};
    for (std::size_t at = line.find(key); at != std::string_view::npos;
         at = line.find(key, at + 1)) {
        if (at > 0 && is_of_a_word(line[at - 1])) continue;
        std::string_view rest = line.substr(at + key.size());
        const auto take = [&](std::string_view wanted) {
            rest.remove_prefix(std::min(rest.find_first_not_of(blanks), rest.size()));
            if (rest.empty() || wanted.find(rest.front()) == std::string_view::npos) return '\0';
            const char taken = rest.front();
            rest.remove_prefix(1);
            return taken;
        };
        if (take("=") == '\0') continue;
        const char quote = take("\"'");
        if (quote == '\0') continue;
        if (const std::size_t end = rest.find(quote); end != std::string_view::npos)
            return rest.substr(0, end);
    }
    return {};
}

}  // namespace

void recover_listen(std::string_view text, ListenSettings& listen) {
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        for (const ProtocolInfo& row : protocols) {
            if (row.table != "listen" || listen[row.protocol] != row.usual) continue;
            const std::string_view found = assigned(line, row.key);
            if (!found.empty() && parse_socket_address(found)) listen[row.protocol] = found;
        }
    }
}

}  // namespace relaypermit
