#include "tool/commands/guide_check.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <ostream>
#include <string_view>
#include <system_error>
#include <utility>

#include "record/json_writer.h"
#include "tool/base/file_text.h"
#include "tool/base/policy_loading.h"
#include "tool/base/visible.h"
#include "tool/guide/apple_profile.h"
#include "tool/guide/live.h"
#include "tool/guide/marker.h"
#include "tool/guide/profile_signature.h"
#include "tool/guide/site.h"
#include "tool/guide/site_folder.h"

namespace relaypermit {
namespace {

namespace fs = std::filesystem;

bool is_same(const std::string& name, const std::string& there, const std::string& text) {
    return name.ends_with(apple_profile_ending) ? holds_profile(there, text) : there == text;
}

// Files that this version would write otherwise, or that are not there, in one sentence.
std::optional<GuideFinding> old_pages(const fs::path& folder, const SiteFiles& site) {
    constexpr std::size_t most = 3;
    std::vector<std::string> others;
    for (const auto& [name, text] : site) {
        if (name == guide_marker) continue;
        const auto there = file_text(folder / name);
        if (!there || !is_same(name, *there, text)) others.push_back(name);
    }
    if (others.empty()) return std::nullopt;
    const std::size_t more = others.size() > most ? others.size() - most : 0;
    others.resize(others.size() - more);
    return GuideFinding{"pages", "would be written otherwise now: " + joined(others) +
                                     (more > 0 ? " and " + std::to_string(more) + " more" : "")};
}

// Signed profiles of the guide whose signature no longer says who it is from.
void add_lapsed_profiles(const fs::path& folder, const SiteFiles& site, TimePoint now,
                         std::vector<GuideFinding>& findings) {
    for (const auto& [name, text] : site) {
        if (!name.ends_with(apple_profile_ending)) continue;
        const auto there = file_text(folder / name);
        const std::string fault = there ? signature_fault(*there, now) : "";
        if (!fault.empty())
            findings.push_back({"profile", name + " " + fault + ", of which iPhones warn: " +
                                               std::string(sign_anew)});
    }
}

// Whether writing the guide anew would mend it; what a server does wrong stays, and
// what the policy says against itself.
bool of_the_guide(const GuideFinding& finding) {
    constexpr std::array<std::string_view, 10> not_of_it = {
        "policy",     "address",      "service", "certificate", "help-page",
        "autoconfig", "autodiscover", "profile", "records",     "time"};
    return std::find(not_of_it.begin(), not_of_it.end(), finding.about) == not_of_it.end();
}

void print(const Context& context, const GuideCheck& wanted,
           const std::vector<GuideFinding>& findings) {
    if (context.json) {
        JsonWriter json;
        json.open_object().key("guide").value(wanted.folder).key("findings").open_array();
        for (const GuideFinding& finding : findings)
            json.open_object()
                .key("about")
                .value(finding.about)
                .key("sentence")
                .value(finding.sentence)
                .close_object();
        context.out << json.close_array().close_object().take() << "\n";
        return;
    }
    for (const GuideFinding& finding : findings) context.out << visible(finding.sentence) << "\n";
    if (findings.empty())
        context.out << wanted.folder << " says what the policy says"
                    << (wanted.live ? ", and the servers are as it says" : "") << "\n";
    else if (std::any_of(findings.begin(), findings.end(), of_the_guide))
        context.out << "write it anew with relaypermit guide --out " << wanted.folder << "\n";
}

}  // namespace

SetupPlaces setup_places(const std::string& folder) {
    std::error_code fault;
    return {folder_named(folder).string(), fs::read_symlink("/proc/self/exe", fault).string()};
}

Exit check_guide(const Context& context, GuideCheck wanted) {
    LiveOptions options{.probe = {.ca_file = wanted.ca_file, .connect_to = wanted.connect_to},
                        .today = context.now};
    options.name_server = parse_name_server(wanted.resolver);
    if (!options.name_server && !wanted.resolver.empty())
        return complain(context,
                        "--resolver takes an IPv4 address, and a port after a colon "
                        "where it is not 53, and not `" +
                            wanted.resolver + "`");
    const auto loaded = load_or_complain(context, context.config);
    if (!loaded) return Exit::failed;
    if (wanted.folder.empty()) wanted.folder = loaded->settings.guide.folder;
    if (wanted.folder.empty())
        return complain(context, "--check needs a DIR, or a folder in [guide]");
    const fs::path folder = wanted.folder;
    const auto marker = file_text(folder / guide_marker);
    if (!marker)
        return complain(context, wanted.folder + " holds no " + std::string(guide_marker) +
                                     " that can be read: it is no guide of ours");
    auto findings = contradictions(*marker, *loaded);
    if (!findings)
        return complain(context, (folder / guide_marker).string() + " " + findings.error());
    const auto data = built_in_guide();
    if (!data) return complain(context, "the pages built in are not sound: " + data.error());
    auto site = guide_site(*loaded, *data);
    if (!site) return complain(context, site.error());
    const auto setup = client_setup(*loaded, setup_places(wanted.folder));
    if (!setup) return complain(context, setup.error());
    add_files(*site, setup->files);
    if (wanted.live) {
        const auto guide = read_marker(*marker);
        if (!guide)
            return complain(context, (folder / guide_marker).string() + " " + guide.error());
        for (GuideFinding& finding : live_findings(*guide, *loaded, *site, options))
            findings->push_back(std::move(finding));
    }
    add_lapsed_profiles(folder, *site, context.now, *findings);
    if (auto old = old_pages(folder, *site)) findings->push_back(*std::move(old));
    print(context, wanted, *findings);
    return findings->empty() ? Exit::fine : Exit::finding;
}

}  // namespace relaypermit
