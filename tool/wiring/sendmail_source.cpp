#include "tool/wiring/sendmail_source.h"

#include <algorithm>
#include <filesystem>

#include "tool/base/file_text.h"

namespace relaypermit {
namespace {

using std::filesystem::path;

// Of "include(`/etc/mail/relaypermit.m4')dnl" the file; sinclude is one that may be missing.
std::string included_by(std::string_view line) {
    constexpr std::string_view call = "include(`";
    const std::size_t at = line.find(call);
    if (at == std::string_view::npos) return {};
    const std::string_view rest = line.substr(at + call.size());
    return std::string(rest.substr(0, rest.find('\'')));
}

void add_file(const path& file, const path& folder, int depth, std::vector<SourceLine>& lines) {
    constexpr int deepest = 4;
    const auto text = file_text(file);
    if (!text || depth > deepest) return;
    std::string_view rest = *text;
    for (std::size_t number = 1; !rest.empty(); ++number) {
        std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        line = line.substr(0, line.find("dnl"));
        if (line.empty()) continue;
        lines.push_back({{file, number}, std::string(line)});
        if (const std::string more = included_by(line); !more.empty())
            add_file(folder / more, folder, depth + 1, lines);
    }
}

}  // namespace

const FileLine* SendmailSource::find(std::string_view text) const {
    const auto found = std::find_if(lines.rbegin(), lines.rend(), [&](const SourceLine& one) {
        return one.text.find(text) != std::string::npos;
    });
    return found == lines.rend() ? nullptr : &found->place;
}

SendmailSource read_sendmail_source(const SendmailSettings& settings) {
    const path cf = settings.file;
    const path name = settings.source_name.empty() ? path(cf.stem().string() + ".mc")
                                                   : path(settings.source_name).filename();
    SendmailSource source;
    for (const path& folder : {path(settings.built_in), cf.parent_path()}) {
        if (folder.empty()) continue;
        std::error_code none;
        if (!std::filesystem::is_regular_file(folder / name, none)) continue;
        add_file(folder / name, folder, 0, source.lines);
        source.file = folder / name;
        break;
    }
    return source;
}

}  // namespace relaypermit
