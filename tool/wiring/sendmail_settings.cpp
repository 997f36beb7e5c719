#include "tool/wiring/sendmail_settings.h"

#include <optional>

#include "policy/ascii.h"
#include "tool/base/file_text.h"
#include "tool/wiring/logical_lines.h"

namespace relaypermit {
namespace {

std::vector<std::string> parts_of(std::string_view text, char separator) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const std::size_t end = text.find(separator);
        const std::string_view part = without_blanks(text.substr(0, end));
        if (!part.empty()) parts.emplace_back(part);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return parts;
}

// "#####  $Id: promiscuous_relay.m4,v 8.13 2013-11-22 20:51:11 ca Exp $  #####": each FEATURE
// leaves its version.
std::string feature_of(std::string_view comment) {
    constexpr std::string_view mark = "$Id: ";
    const std::size_t at = comment.find(mark);
    if (!comment.starts_with("#####") || at == std::string_view::npos) return {};
    const std::string_view name = comment.substr(at + mark.size());
    const std::size_t end = name.find(".m4");
    return end == std::string_view::npos ? std::string() : std::string(name.substr(0, end));
}

// "##### in /etc/mail", of its head (cf/m4/cfhead.m4): where m4 was run.
std::string folder_of(std::string_view comment) {
    constexpr std::string_view mark = "##### in ";
    if (!comment.starts_with(mark)) return {};
    const std::string_view folder = without_blanks(comment.substr(mark.size()));
    return folder.starts_with('/') ? std::string(folder) : std::string();
}

// "#####  $Id: sendmail.mc, v 8.17.1 ... Exp $  #####": the VERSIONID of the .mc itself.
std::string source_of(std::string_view comment) {
    constexpr std::string_view mark = "$Id: ";
    const std::size_t at = comment.find(mark);
    if (!comment.starts_with("#####") || at == std::string_view::npos) return {};
    const std::string_view name = comment.substr(at + mark.size());
    const std::size_t end = name.find(".mc");
    if (end == std::string_view::npos || end > name.find(' ')) return {};
    return std::string(name.substr(0, end + 3));
}

// The names of options in the .mc (cf/README of Sendmail).
std::string define_of(const std::string& option) {
    if (option == "authoptions") return "confAUTH_OPTIONS";
    if (option == "authmechanisms") return "confAUTH_MECHANISMS";
    if (option == "inputmailfilters") return "INPUT_MAIL_FILTER";
    return {};
}

class Parser {
  public:
    Parser(const std::string& file, const std::map<std::string, std::string>& files)
        : files_(files) {
        settings_.file = file;
    }

    void comment(std::string_view line, std::size_t number) {
        if (std::string name = feature_of(line); !name.empty()) {
            settings_.source_marks[number] = "FEATURE(`" + name + "'";
            settings_.features.try_emplace(std::move(name), FileLine{settings_.file, number});
        }
        if (settings_.built_in.empty()) settings_.built_in = folder_of(line);
        if (settings_.source_name.empty()) settings_.source_name = source_of(line);
    }
    void line(const LogicalLine& line) {
        const FileLine place{settings_.file, line.number};
        const std::string_view text = line.text;
        if (text.size() < 2) return;
        const std::string_view rest = text.substr(1);
        switch (text.front()) {
            case 'X':
                milter(rest, place);
                break;
            case 'O':
                option(rest, place);
                break;
            case 'C':
                class_words(rest);
                break;
            case 'F':
                class_file(rest);
                break;
            case 'K':
                map(rest, place);
                break;
            case 'D':
                if (rest.front() == 'j') settings_.host_name = rest.substr(1);
                break;
            default:
                break;
        }
    }
    [[nodiscard]] SendmailSettings take() { return std::move(settings_); }

  private:
    void milter(std::string_view rest, const FileLine& place) {
        SendmailMilter milter;
        milter.place = place;
        for (const std::string& part : parts_of(rest, ',')) {
            const std::size_t equals = part.find('=');
            if (milter.name.empty())
                milter.name = part;
            else if (equals != std::string::npos)
                milter.equates[part.front()] = without_blanks(part.substr(equals + 1));
        }
        settings_.source_marks[place.line] = "MAIL_FILTER(`" + milter.name + "'";
        settings_.milters.push_back(std::move(milter));
    }
    void option(std::string_view rest, const FileLine& place) {
        const std::size_t equals = rest.find('=');
        if (!rest.starts_with(' ') || equals == std::string_view::npos) return;
        const std::string name(without_blanks(rest.substr(0, equals)));
        const std::string value(without_blanks(rest.substr(equals + 1)));
        if (ascii_lower(name) == "daemonportoptions") return daemon(value, place);
        settings_.source_marks[place.line] = define_of(ascii_lower(name));
        settings_.options[ascii_lower(name)] = {value, place};
    }
    void daemon(std::string_view value, const FileLine& place) {
        SendmailDaemon daemon;
        daemon.place = place;
        settings_.source_marks[place.line] = "DAEMON_OPTIONS(`" + std::string(value) + "'";
        for (const std::string& part : parts_of(value, ',')) {
            const std::size_t equals = part.find('=');
            if (equals == std::string::npos) continue;
            // Sendmail looks at the first letter of a key alone.
            const char key = ascii_lower(part.substr(0, 1)).front();
            const std::string given(without_blanks(part.substr(equals + 1)));
            if (key == 'n') daemon.name = given;
            if (key == 'p') daemon.port = given;
            if (key == 'm') daemon.modifiers = given;
            if (key == 'i') {
                daemon.input_filters = given;
                daemon.has_filters = true;
            }
        }
        settings_.daemons.push_back(std::move(daemon));
    }
    // "wlocalhost", "{w}example.com" of the same class, "{Name}a b"
    std::string class_name(std::string_view& rest) {
        const std::size_t length = rest.starts_with('{') ? rest.find('}') + 1 : 1;
        std::string name(rest.substr(0, length));
        rest.remove_prefix(std::min(length, rest.size()));
        return name.size() == 3 && name.front() == '{' ? name.substr(1, 1) : name;
    }
    void class_words(std::string_view rest) {
        const std::string name = class_name(rest);
        for (const std::string& word : parts_of(rest, ' '))
            settings_.classes[name].insert(ascii_lower(word));
    }
    void class_file(std::string_view rest) {
        const std::string name = class_name(rest);
        const bool optional = rest.starts_with("-o");
        if (optional) rest = without_blanks(rest.substr(2));
        const std::string path(without_blanks(rest.substr(0, rest.find(' '))));
        if (path.starts_with('@') || path.find(':') != std::string::npos) {
            settings_.unread.push_back(path);
            return;
        }
        const auto found = files_.find(path);
        if (found == files_.end()) {
            if (!optional) settings_.unread.push_back(path);
            return;
        }
        for (const LogicalLine& one : logical_lines(found->second))
            settings_.classes[name].insert(ascii_lower(one.text.substr(0, one.text.find(' '))));
    }
    void map(std::string_view rest, const FileLine& place) {
        const auto words = parts_of(rest, ' ');
        if (words.size() < 3) return;
        settings_.source_marks[place.line] = "K" + words[0] + " ";
        if (words[1] == "socket")
            settings_.socket_maps.push_back({words.back(), place});
        else
            settings_.table_maps.push_back(words[0]);
    }

    const std::map<std::string, std::string>& files_;
    SendmailSettings settings_{};
};

}  // namespace

std::string SendmailMilter::equate(char key) const {
    const auto found = equates.find(key);
    return found == equates.end() ? std::string() : found->second;
}

std::string SendmailMilter::timeout(char letter) const {
    for (const std::string& part : parts_of(equate('T'), ';'))
        if (part.size() > 2 && part.front() == letter && part[1] == ':') return part.substr(2);
    return {};
}

const SendmailOption& SendmailSettings::option(std::string_view name) const {
    static const SendmailOption none;
    const auto found = options.find(ascii_lower(name));
    return found == options.end() ? none : found->second;
}

SendmailSettings parse_sendmail_settings(const std::string& file, std::string_view text,
                                         const std::map<std::string, std::string>& files) {
    Parser parser(file, files);
    std::string_view rest = text;
    for (std::size_t number = 1; !rest.empty(); ++number) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        if (line.starts_with('#')) parser.comment(line, number);
    }
    for (const LogicalLine& line : logical_lines(text)) parser.line(line);
    return parser.take();
}

tl::expected<SendmailSettings, std::string> read_sendmail_settings(const std::string& file) {
    const auto text = file_text(file);
    if (!text) return tl::make_unexpected(file + " cannot be read");
    std::map<std::string, std::string> files;
    for (const LogicalLine& line : logical_lines(*text)) {
        const std::size_t slash = line.text.find('/');
        if (!line.text.starts_with('F') || slash == std::string::npos) continue;
        const std::string path = line.text.substr(slash, line.text.find(' ', slash) - slash);
        if (const auto words = file_text(path)) files[path] = *words;
    }
    return parse_sendmail_settings(file, *text, files);
}

}  // namespace relaypermit
