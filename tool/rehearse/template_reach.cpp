#include "tool/rehearse/template_reach.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "policy/domain.h"

namespace relaypermit {
namespace {

using Kind = Pattern::Kind;

// Whether a template may come to this text, where its placeholders stand for one byte or more and
// its star, first or last, for any.
bool may_become(std::string_view text, std::string_view value) {
    // How much of `value` what has been read of `text` may have come to: in the time of one times
    // the other, whatever stands there.
    std::vector<bool> reached(value.size() + 1, false);
    reached[0] = true;
    for (std::size_t at = 0; at < text.size(); ++at) {
        std::vector<bool> next(value.size() + 1, false);
        const bool any = text[at] == '*' || text[at] == '{';
        const std::size_t least = text[at] == '{' ? 1 : 0;
        for (std::size_t taken = 0; taken <= value.size(); ++taken) {
            if (!reached[taken]) continue;
            if (any)
                for (std::size_t more = taken + least; more <= value.size() && !next[more]; ++more)
                    next[more] = true;
            else if (taken < value.size() && value[taken] == text[at])
                next[taken + 1] = true;
        }
        reached = std::move(next);
        if (text[at] == '{') at = std::min(text.find('}', at), text.size() - 1);
    }
    return reached[value.size()];
}

}  // namespace

bool may_be(const Pattern& sender, const Pattern& logins, const Address& address) {
    std::string text = ascii_lower(sender.text());
    if (text == "{login}") text = "{user}@{domain}";
    if (logins.kind() == Kind::domain || logins.kind() == Kind::prefix ||
        logins.kind() == Kind::suffix)
        for (std::size_t at = 0; (at = text.find("{domain}", at)) != std::string::npos;)
            text.replace(at, std::string_view("{domain}").size(), logins.domain());
    const std::size_t at = text.rfind('@');
    if (!may_become(text.substr(0, at), ascii_lower(address.local))) return false;
    if (sender.hosted_domains() != nullptr)
        return address.in_hosted_table || sender.hosted_domains()->contains(address.domain);
    std::string domain = text.substr(at + 1);
    const std::string below = domain.starts_with("*.") ? "*." : "";
    domain.erase(0, below.size());
    // Whatever makes an internationalized label changes all of it.
    if (domain.find('{') == std::string::npos)
        domain = normalize_domain(domain).value_or(domain);
    else if (address.domain.find("xn--") != std::string::npos)
        return true;
    return may_become((below.empty() ? "" : "{any}.") + domain, address.domain);
}

}  // namespace relaypermit
