#include "tool/wiring/postfix_settings.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "policy/ascii.h"
#include "tool/base/file_text.h"
#include "tool/wiring/logical_lines.h"
#include "tool/wiring/run_program.h"

namespace relaypermit {
namespace {

std::string_view next_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return line;
}

struct Assignment {
    std::string_view name{};
    std::string_view value{};
};

// "name = value"; the name is empty where it is none.
Assignment assignment_of(std::string_view line) {
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) return {};
    return {without_blanks(line.substr(0, equals)), without_blanks(line.substr(equals + 1))};
}

// The first `count` words; `rest` is what is behind them.
std::vector<std::string_view> words_of(std::string_view line, std::size_t count,
                                       std::string_view& rest) {
    std::vector<std::string_view> words;
    rest = without_blanks(line);
    while (words.size() < count && !rest.empty()) {
        const std::string_view word = rest.substr(0, rest.find_first_of(" \t"));
        words.push_back(word);
        rest = without_blanks(rest.substr(word.size()));
    }
    return words;
}

// Those of main.cf: of a parameter that stands there twice Postfix takes the last.
void place_parameters(PostfixSettings& settings, std::string_view main_cf) {
    for (const LogicalLine& line : logical_lines(main_cf)) {
        const Assignment found = assignment_of(line.text);
        if (found.name.empty()) continue;
        // What nothing uses, postconf leaves out.
        const auto [parameter, unused] = settings.parameters.try_emplace(std::string(found.name));
        if (unused) parameter->second.value = found.value;
        parameter->second.written = found.value;
        parameter->second.origin = {settings.main_cf(), line.number};
    }
}

// Before compatibility level 1 a dash in the column of the chroot meant yes.
bool is_chrooted(std::string_view column, const PostfixSettings& settings) {
    if (column != "-") return column == "y";
    const std::string& level = settings["compatibility_level"].value;
    int major = 0;
    (void)std::from_chars(level.data(), level.data() + level.size(), major);
    return major < 1;
}

void read_services(PostfixSettings& settings, std::string_view text) {
    while (!text.empty()) {
        std::string_view rest;
        const auto words = words_of(next_line(text), 8, rest);
        if (words.size() < 8) continue;
        PostfixService service;
        service.name = words[0];
        service.type = words[1];
        service.chroot = is_chrooted(words[4], settings);
        service.program = words[7];
        service.origin = {settings.master_cf(), 0};
        settings.services.push_back(std::move(service));
    }
}

PostfixService* service_of(PostfixSettings& settings, std::string_view name,
                           std::string_view type) {
    // Of two entries of one name Postfix takes the last, as postconf does.
    const auto found = std::find_if(settings.services.rbegin(), settings.services.rend(),
                                    [&](const PostfixService& service) {
                                        return service.name == name && service.type == type;
                                    });
    return found == settings.services.rend() ? nullptr : &*found;
}

// "submission/inet/smtpd_milters = value"
void read_overrides(PostfixSettings& settings, std::string_view text) {
    while (!text.empty()) {
        const Assignment found = assignment_of(next_line(text));
        const std::size_t last = found.name.rfind('/');
        if (found.name.empty() || last == std::string_view::npos || last == 0) continue;
        const std::size_t before = found.name.rfind('/', last - 1);
        if (before == std::string_view::npos) continue;
        PostfixService* const service =
            service_of(settings, found.name.substr(0, before),
                       found.name.substr(before + 1, last - before - 1));
        if (service == nullptr) continue;
        service->overrides[std::string(found.name.substr(last + 1))] = {
            std::string(found.value), std::string(found.value), service->origin};
    }
}

// Whether `-o name=...` or `-o { name = ...` stands in this line.
bool sets(std::string_view line, std::string_view name) {
    for (std::size_t at = line.find(name); at != std::string_view::npos;
         at = line.find(name, at + 1)) {
        if (at == 0 || std::string_view(" \t{").find(line[at - 1]) == std::string_view::npos)
            continue;
        if (without_blanks(line.substr(at + name.size())).starts_with('=')) return true;
    }
    return false;
}

void place_services(PostfixSettings& settings, std::string_view master_cf) {
    PostfixService* service = nullptr;
    for (std::size_t number = 1; !master_cf.empty(); ++number) {
        const std::string_view line = next_line(master_cf);
        const std::string_view bare = without_blanks(line);
        if (bare.empty() || bare.starts_with('#')) continue;
        if (line.front() != ' ' && line.front() != '\t') {
            std::string_view rest;
            const auto words = words_of(line, 2, rest);
            service = words.size() < 2 ? nullptr : service_of(settings, words[0], words[1]);
            if (service != nullptr) service->origin.line = number;
        }
        if (service == nullptr) continue;
        for (auto& [name, setting] : service->overrides)
            if (sets(line, name) || setting.origin.line == 0)
                setting.origin = {settings.master_cf(), number};
    }
}

// What postconf complains of, without its own name in front.
std::vector<std::string> complaints_of(std::string_view text) {
    std::vector<std::string> complaints;
    while (!text.empty()) {
        std::string_view line = without_blanks(next_line(text));
        for (const std::string_view prefix :
             {std::string_view("postconf: "), std::string_view("warning: "),
              std::string_view("fatal: ")})
            if (line.starts_with(prefix)) line.remove_prefix(prefix.size());
        if (!line.empty()) complaints.emplace_back(line);
    }
    return complaints;
}

}  // namespace

const PostfixSetting& PostfixSettings::operator[](std::string_view parameter) const {
    static const PostfixSetting none;
    const auto found = parameters.find(parameter);
    return found == parameters.end() ? none : found->second;
}

const PostfixSetting& PostfixSettings::of(const PostfixService& service,
                                          std::string_view parameter) const {
    const auto found = service.overrides.find(parameter);
    return found == service.overrides.end() ? (*this)[parameter] : found->second;
}

PostfixSettings parse_postfix_settings(const std::string& directory, const PostfixTexts& texts) {
    PostfixSettings settings;
    settings.directory = directory;
    for (std::string_view text = texts.parameters; !text.empty();) {
        const Assignment found = assignment_of(next_line(text));
        if (!found.name.empty())
            settings.parameters[std::string(found.name)] = {
                std::string(found.value), {}, {settings.main_cf(), 0}};
    }
    place_parameters(settings, texts.main_cf);
    read_services(settings, texts.services);
    read_overrides(settings, texts.overrides);
    place_services(settings, texts.master_cf);
    settings.warnings = complaints_of(texts.warnings);
    return settings;
}

tl::expected<PostfixSettings, std::string> read_postfix_settings(const std::string& path_given) {
    std::string directory = path_given;
    while (directory.size() > 1 && directory.ends_with('/')) directory.pop_back();
    PostfixTexts texts;
    for (const auto& [file, text] :
         {std::pair{"main.cf", &texts.main_cf}, std::pair{"master.cf", &texts.master_cf}}) {
        const std::string path = directory + "/" + file;
        const auto found = file_text(path);
        if (!found) return tl::make_unexpected(path + " cannot be read");
        *text = *found;
    }
    for (const auto& [option, text] :
         {std::pair{"-x", &texts.parameters}, std::pair{"-Mx", &texts.services},
          std::pair{"-Px", &texts.overrides}}) {
        const auto done = run_program({"postconf", "-c", directory, option});
        if (!done) return tl::make_unexpected(done.error());
        if (done->status != 0) {
            const auto complaints = complaints_of(done->err);
            return tl::make_unexpected(
                "postconf -c " + directory + " " + option + ": " +
                (complaints.empty() ? "it ended with exit code " + std::to_string(done->status)
                                    : complaints.back()));
        }
        *text = done->out;
        if (texts.warnings.empty()) texts.warnings = done->err;
    }
    return parse_postfix_settings(directory, texts);
}

bool is_yes(const PostfixSetting& setting) {
    return ascii_lower(setting.value) == "yes";
}

}  // namespace relaypermit
