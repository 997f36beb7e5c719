#include "tool/base/policy_loading.h"

#include <ostream>

#include "tool/base/diagnostic_view.h"
#include "tool/base/permission.h"
#include "tool/base/visible.h"

namespace relaypermit {

std::optional<Loaded> load_or_complain(const Context& context, const std::string& path) {
    Loaded loaded = load_policy(path, host_name());
    for (const Diagnostic& mistake : loaded.errors)
        context.err << painted(mistake, context.error_terminal) << "\n";
    if (!loaded.policy) {
        if (const std::string help = permission_help(path); !help.empty())
            context.err << "relaypermit: `" << visible(path) << "` may not be read" << help << "\n";
        return std::nullopt;
    }
    return loaded;
}

}  // namespace relaypermit
