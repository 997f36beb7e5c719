#include "tool/base/exact_pattern.h"

#include "config/foreign_pattern.h"
#include "config/rule_values.h"

namespace relaypermit {

bool reads_as_itself(std::string_view text, PatternRole role,
                     const std::vector<std::string>& groups) {
    // An address of a host that is called `hosted` cannot be written out.
    const auto pattern =
        Pattern::parse(text, role, {}, {}, {}, std::make_shared<const DomainSet>());
    return pattern && pattern->kind() == Pattern::Kind::exact && !text.starts_with(group_prefix) &&
           !foreign_pattern(text, role, {PolicySource{}, groups});
}

}  // namespace relaypermit
