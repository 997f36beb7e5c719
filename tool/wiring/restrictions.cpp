#include "tool/wiring/restrictions.h"

#include <algorithm>
#include <vector>

#include "tool/wiring/logical_lines.h"

namespace relaypermit {
namespace {

// Postfix ends at 100 classes within each other; one that names itself is cut sooner.
constexpr int deepest = 10;

void expand(const PostfixSettings& settings, const PostfixService& service,
            const std::string& value, int depth, std::string& all) {
    const std::vector<std::string> classes =
        list_items(settings.of(service, "smtpd_restriction_classes").value);
    for (const std::string& item : list_items(value))
        if (depth < deepest && std::find(classes.begin(), classes.end(), item) != classes.end())
            expand(settings, service, settings.of(service, item).value, depth + 1, all);
        else
            all += (all.empty() ? "" : ", ") + item;
}

}  // namespace

std::string restrictions_of(const PostfixSettings& settings, const PostfixService& service,
                            std::string_view list) {
    return expanded_restrictions(settings, service, settings.of(service, list).value);
}

std::string expanded_restrictions(const PostfixSettings& settings, const PostfixService& service,
                                  const std::string& restrictions) {
    std::string all;
    expand(settings, service, restrictions, 0, all);
    return all;
}

}  // namespace relaypermit
