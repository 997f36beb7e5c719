#include "tables/sender_keys.h"

#include <algorithm>
#include <utility>

#include "policy/ascii.h"

namespace relaypermit {
namespace {

// The local part as an address has it: in quotes where it needs them.
std::string quoted(const std::string& local) {
    const std::string whole = to_string(Address{local, "x"});
    return whole.substr(0, whole.size() - 2);
}

class Keys {
  public:
    void add(std::string user, const std::string& domain, bool with_domain) {
        SenderKey key{with_domain ? user + "@" + domain : user, {}, {}};
        const std::size_t at = key.text.rfind('@');
        key.user = key.text.substr(0, at);
        if (at != std::string::npos) key.domain = key.text.substr(at + 1);
        if (std::find(keys_.begin(), keys_.end(), key) == keys_.end())
            keys_.push_back(std::move(key));
    }
    void add_both_forms(const Address& address, bool with_domain) {
        add(quoted(address.local), address.domain, with_domain);
        add(address.local, address.domain, with_domain);
    }
    [[nodiscard]] std::vector<SenderKey> take() { return std::move(keys_); }

  private:
    std::vector<SenderKey> keys_{};
};

}  // namespace

std::vector<SenderKey> sender_keys(const Address& address, const AddressRules& rules,
                                   KeysFor what) {
    if (address.local.empty() || address.domain.empty()) return {};
    const Address full{ascii_lower(address.local), address.domain};
    const Address bare = without_subaddress(full, rules.subaddress_delimiter);
    Keys keys;
    keys.add_both_forms(full, true);
    if (what == KeysFor::whole_addresses) return keys.take();
    keys.add_both_forms(bare, true);
    // "bob@example.org"@local would be asked for by another one's key.
    if (rules.is_local(full.domain) && full.local.find('@') == std::string::npos) {
        keys.add_both_forms(full, false);
        keys.add_both_forms(bare, false);
    }
    keys.add("", full.domain, true);
    return keys.take();
}

}  // namespace relaypermit
