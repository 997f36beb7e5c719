#include "tool/wiring/postfix_facts.h"

#include <algorithm>
#include <array>
#include <utility>

#include "config/host_name.h"
#include "policy/ascii.h"
#include "tool/base/file_text.h"
#include "tool/wiring/logical_lines.h"
#include "tool/wiring/restrictions.h"
#include "tool/wiring/run_program.h"
#include "tool/wiring/sender_checks.h"

namespace relaypermit {
namespace {

constexpr std::array<std::string_view, 5> lists_of_domains = {
    "mydestination", "virtual_alias_domains", "virtual_mailbox_domains", "relay_domains",
    "mynetworks"};
// Of these postmap(1) -s lists all keys.
constexpr std::array<std::string_view, 7> listable = {"hash", "btree",    "lmdb",  "cdb",
                                                      "dbm",  "texthash", "inline"};

bool is_table(std::string_view item) {
    const std::size_t colon = item.find(':');
    if (colon == std::string_view::npos || colon == 0) return false;
    for (const char c : item.substr(0, colon))
        if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z')) return false;
    return item.find("::") != colon;
}

class ListReader {
  public:
    ListReader(const PostfixSettings& postfix, std::vector<std::string> hosted)
        : postfix_(postfix), hosted_(std::move(hosted)) {}

    [[nodiscard]] NamedItems read(std::string_view value) {
        NamedItems found;
        for (const std::string& item : list_items(value)) add(item, found);
        return found;
    }

  private:
    void add(const std::string& item, NamedItems& found) {
        if (item.starts_with('/')) {
            const auto text = file_text(item);
            if (!text) return found.unanswered.push_back(item);
            for (const LogicalLine& line : logical_lines(*text))
                for (const std::string& one : list_items(line.text)) add(one, found);
        } else if (is_table(item)) {
            add_table(item, found);
        } else {
            found.items.insert(ascii_lower(item));
        }
    }
    void add_table(const std::string& item, NamedItems& found) {
        std::string name = item;
        while (name.starts_with("proxy:")) name = name.substr(6);
        const std::string type = name.substr(0, name.find(':'));
        const bool lists = std::find(listable.begin(), listable.end(), type) != listable.end();
        std::vector<std::string> arguments{"postmap", "-c", postfix_.directory};
        std::string asked;
        if (lists) {
            arguments.insert(arguments.end(), {"-s", name});
        } else {
            for (const std::string& domain : hosted_) asked += domain + "\n";
            if (asked.empty()) return found.unlisted.push_back(item);
            arguments.insert(arguments.end(), {"-q", "-", name});
        }
        const auto done = run_program(arguments, asked);
        // postmap -q ends with 1 where it found nothing.
        if (!done || (done->status != 0 && (lists || !done->err.empty()))) {
            found.unanswered.push_back(item);
            return;
        }
        // What it holds beside these it does not say.
        if (!lists) found.unlisted.push_back(item);
        for (const LogicalLine& line : logical_lines(done->out)) {
            const std::string key = ascii_lower(line.text.substr(0, line.text.find('\t')));
            // An alias map that stands in for a list of domains has addresses, too.
            if (key.find('@') == std::string::npos) found.items.insert(key);
        }
    }

    const PostfixSettings& postfix_;
    std::vector<std::string> hosted_;
};

void look_at_all_sockets(PostfixFacts& facts) {
    const auto user = look_up_user(facts.postfix["mail_owner"].value);
    // Ours on another machine is asked; servers of others there are left alone.
    const auto is_near = [&](const std::string& address, Protocol protocol) {
        const std::string one = comparable_address(address);
        return one.starts_with("unix:") || one.ends_with("@localhost") ||
               one == comparable_address(facts.listen()[protocol]);
    };
    const auto look = [&](const std::string& address, Protocol protocol) {
        if (!address.empty() && facts.socket(address) == nullptr && is_near(address, protocol))
            facts.sockets.emplace(address, look_at_socket(address, protocol, user));
    };
    for (const Protocol protocol : {Protocol::milter, Protocol::policy})
        if (const std::string& address = facts.listen()[protocol]; address.starts_with("unix:"))
            look(address, protocol);
    const auto look_at_list = [&](std::string_view milters, bool chroot) {
        for (const PostfixServer& server : read_postfix_servers(milters))
            look(address_of(server, facts.queue_directory(), chroot), Protocol::milter);
    };
    for (const PostfixService* const service : smtpd_services(facts.postfix)) {
        look_at_list(facts.postfix.of(*service, "smtpd_milters").value, service->chroot);
        for (const std::string_view parameter : restriction_lists) {
            const auto items = list_items(restrictions_of(facts.postfix, *service, parameter));
            for (std::size_t i = 0; i + 1 < items.size(); ++i)
                if (items[i] == "check_policy_service")
                    look(address_of(read_postfix_server(items[i + 1]), facts.queue_directory(),
                                    service->chroot),
                         Protocol::policy);
        }
    }
    look_at_list(facts.postfix["non_smtpd_milters"].value, false);
}

}  // namespace

PolicyFacts collect_policy_facts(const std::string& policy, TimePoint now) {
    PolicyFacts facts;
    facts.file = policy;
    facts.now = now;
    facts.clock = look_at_clock();
    facts.loaded = load_policy(policy, host_name());
    if (!facts.loaded.policy) facts.loaded.settings.listen = load_listen(policy);
    for (const std::string& file : facts.loaded.files) facts.files.push_back(look_at_path(file));
    const std::string& store = facts.loaded.settings.log.store;
    if (!store.empty()) facts.store = look_at_path(store);
    return facts;
}

PostfixFacts collect_postfix_facts(PostfixSettings postfix, PolicyFacts policy) {
    PostfixFacts facts;
    facts.postfix = std::move(postfix);
    facts.policy = std::move(policy);
    std::vector<std::string> domains;
    if (facts.policy.loaded.policy)
        for (const DomainSet* const set : {&facts.policy.loaded.policy->source().hosted_domains,
                                           &facts.policy.loaded.policy->source().relay_domains})
            for (const std::string& pattern : set->patterns())
                if (!pattern.starts_with("*.")) domains.push_back(pattern);
    ListReader reader(facts.postfix, std::move(domains));
    for (const std::string_view parameter : lists_of_domains)
        facts.lists.emplace(parameter, reader.read(facts.postfix[parameter].value));
    const auto services = smtpd_services(facts.postfix);
    if (std::any_of(services.begin(), services.end(), [&](const PostfixService* service) {
            return !facts.postfix.of(*service, "smtpd_sender_login_maps").value.empty();
        }))
        facts.access = read_access_sources(facts.postfix);
    look_at_all_sockets(facts);
    return facts;
}

}  // namespace relaypermit
