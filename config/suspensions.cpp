#include "config/suspensions.h"

#include <algorithm>
#include <iterator>
#include <system_error>
#include <utility>

#include "config/checksum.h"
#include "config/document.h"
#include "config/policy_file.h"
#include "config/sections.h"

namespace relaypermit {
namespace {

constexpr const char* elsewhere = "move it to another file of policy.d";

}  // namespace

std::filesystem::path suspensions_file(const std::filesystem::path& policy) {
    return policy.parent_path() / "policy.d" / "00-suspended.toml";
}

Suspensions load_suspensions(const std::filesystem::path& policy, const PolicySource* in_force) {
    const std::filesystem::path file = suspensions_file(policy);
    auto bytes = read_policy_file(file);
    if (bytes) {
        Suspensions read = load_suspensions_text(*bytes, file.string(), in_force);
        read.checksum = sha256(*bytes);
        read.text = *std::move(bytes);
        return read;
    }
    // ENOENT is also said of a link that leads nowhere.
    std::error_code fault;
    if (symlink_status(file, fault).type() == std::filesystem::file_type::not_found) return {};
    Suspensions unread;
    unread.errors.push_back(
        {Severity::error, Place{file.string(), 0, 0}, "cannot be read: " + bytes.error(), {}});
    return unread;
}

Suspensions load_suspensions_text(std::string_view text, std::string_view name,
                                  const PolicySource* in_force) {
    std::vector<SourceText> sources;
    sources.emplace_back(std::string(name), std::string(text));
    Reader reader(sources);
    Draft draft;
    if (in_force != nullptr) {
        draft.source.default_realm = in_force->default_realm;
        draft.source.login_forms = in_force->login_forms;
    }
    const Node root = read_document(reader, sources.front(), 0);
    for (const Entry& entry : root.entries())
        if (entry.key != "restrict")
            reader.error(entry.position,
                         "this file is of `relaypermit suspend` and holds suspensions alone, not " +
                             in_backticks(entry.key),
                         elsewhere);
        else if (reader.is_table_list(entry, "restrict"))
            read_restrictions(reader, entry.value, draft);
    Suspensions read;
    read.restrictions.assign(draft.source.restrictions.begin(), draft.source.restrictions.end());
    read.errors = reader.take_errors();
    for (const Restriction& restriction : read.restrictions)
        if (!restriction.suspended)
            read.errors.push_back({Severity::error, restriction.place,
                                   "this file is of `relaypermit suspend` and holds suspensions "
                                   "alone, and " +
                                       in_backticks(restriction.id) + " suspends nobody",
                                   elsewhere});
    return read;
}

std::shared_ptr<const Policy> with_suspensions(const Policy& policy,
                                               const std::filesystem::path& file,
                                               std::vector<Restriction> restrictions) {
    PolicySource source = policy.source();
    std::vector<Restriction> kept;
    std::copy_if(source.restrictions.begin(), source.restrictions.end(), std::back_inserter(kept),
                 [name = file.string()](const auto& one) { return one.place.file() != name; });
    std::move(restrictions.begin(), restrictions.end(), std::back_inserter(kept));
    source.restrictions = std::move(kept);
    return std::make_shared<const Policy>(std::move(source), policy);
}

}  // namespace relaypermit
