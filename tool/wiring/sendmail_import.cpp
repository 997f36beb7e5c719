#include "tool/wiring/sendmail_import.h"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <vector>

#include "policy/ascii.h"
#include "policy/domain.h"
#include "policy/network.h"
#include "tool/base/file_text.h"
#include "tool/wiring/logical_lines.h"

namespace relaypermit {
namespace {

void add(std::vector<ImportedItem>& items, ImportedItem item) {
    if (std::none_of(items.begin(), items.end(),
                     [&](const ImportedItem& one) { return one.text == item.text; }))
        items.push_back(std::move(item));
}

// The lines of a file of a class: names, # begins a comment.
std::vector<ImportedItem> lines_of(const std::string& file) {
    std::vector<ImportedItem> lines;
    const auto text = file_text(file);
    if (!text) return lines;
    for (const LogicalLine& line : logical_lines(*text))
        lines.push_back({std::string(without_blanks(line.text.substr(0, line.text.find('#')))),
                         {file, line.number}});
    return lines;
}

// "192.0.2" is 192.0.2.0/24 to Sendmail, and "IPv6:2001:db8" 2001:db8::/32. Empty: no address.
std::string network_of(std::string text) {
    if (ascii_lower(text.substr(0, 5)) == "ipv6:") {
        text = text.substr(5);
        const auto colons = std::count(text.begin(), text.end(), ':');
        if (text.find("::") == std::string::npos && colons < 7)
            text += "::/" + std::to_string(16 * (colons + 1));
    } else if (text.find_first_not_of("0123456789.") == std::string::npos) {
        const auto dots = std::count(text.begin(), text.end(), '.');
        if (dots < 3) {
            for (auto i = dots; i < 3; ++i) text += ".0";
            text += "/" + std::to_string(8 * (dots + 1));
        }
    } else {
        return {};
    }
    const auto network = Network::parse(text);
    return network ? to_string(*network) : std::string();
}

class SendmailReader {
  public:
    explicit SendmailReader(std::string file) : file_(std::move(file)) {}

    ImportedPolicy read(std::string_view text) {
        policy_.source = "the Sendmail of " + file_;
        for (const LogicalLine& line : logical_lines(text)) take(line);
        add(policy_.trusted_networks, {"127.0.0.0/8", {"the loopback, as in Relay_ok", 0}});
        add(policy_.trusted_networks, {"::1/128", {"the loopback, as in Relay_ok", 0}});
        policy_.delimiters = "+";
        policy_.delimiters_origin = {"user+detail, as in Sendmail", 0};
        policy_.owners.subaddresses = true;
        if (!policy_.require_tls)
            policy_.require_tls_remark = "AuthOptions has no p: a login passes without TLS.";
        const std::string remark =
            "Sendmail knows no owners of senders: recorded, not refused, as before.";
        for (const char* id :
             {"sender-not-owned", "sender-not-hosted", "from-not-owned", "from-unusable"})
            policy_.causes.push_back({id, "monitor", {}, {}, remark});
        return std::move(policy_);
    }

  private:
    void take(const LogicalLine& line) {
        const FileLine origin{file_, line.number};
        const std::string& text = line.text;
        if (text.starts_with("Dj") && text.find('$') == std::string::npos) {
            policy_.server_name = text.substr(2);
            policy_.server_name_origin = origin;
        }
        for (const char name : {'w', 'R'}) {
            if (text.starts_with(std::string("C") + name) ||
                text.starts_with(std::string("C{") + name + "}")) {
                const std::size_t start = text[1] == '{' ? 4 : 2;
                for (const std::string& item : list_items(text.substr(start)))
                    take_class(name, {item, origin});
            }
            if (text.starts_with(std::string("F") + name)) {
                const std::size_t path = text.find('/');
                if (path != std::string::npos)
                    for (const ImportedItem& item :
                         lines_of(text.substr(path, text.find_first_of(" \t", path) - path)))
                        take_class(name, item);
            }
        }
        if (text.starts_with("Kaccess ")) {
            const std::vector<std::string> words = list_items(text);
            if (words.back().starts_with("/")) take_access(words.back());
        }
        if (text.starts_with("O DaemonPortOptions=")) take_daemon(text.substr(20), origin);
        if (text.starts_with("O AuthOptions="))
            policy_.require_tls = text.find('p', 14) != std::string::npos;
    }

    void leave_out(const ImportedItem& item, std::string why) {
        policy_.left_out.push_back({item.origin, item.text, std::move(why)});
    }

    void take_class(char name, ImportedItem item) {
        const std::string written = ascii_lower(item.text);
        if (written.empty() || written.find('$') != std::string::npos) return;
        if (name == 'w') {
            if (written.starts_with("[")) return;  // an address of the server itself
            if (normalize_domain(written))
                add(policy_.hosted_domains, {written, item.origin});
            else
                leave_out(item, "it is no domain");
            return;
        }
        relay(written, std::move(item), true, true);
    }

    // To whom, or for which clients, it relays.
    void relay(const std::string& written, ImportedItem item, bool to, bool clients) {
        if (const std::string network = network_of(written); !network.empty()) {
            if (clients) add(policy_.trusted_networks, {network, item.origin});
            return;
        }
        if (!normalize_domain(written)) return leave_out(item, "it is no domain and no network");
        if (to) {
            // Sendmail takes all below it, too.
            add(policy_.relay_domains, {written, item.origin});
            add(policy_.relay_domains, {"*." + written, item.origin});
        }
        if (clients)
            leave_out(item,
                      "clients with a name in this domain may relay: a policy knows clients "
                      "by their networks, so write these into trusted_networks");
    }

    void take_access(const std::string& file) {
        const auto text = file_text(file);
        if (!text) {
            policy_.left_out.push_back({{file, 0}, file, "the access map's text cannot be read"});
            return;
        }
        for (const LogicalLine& line : logical_lines(*text)) {
            const std::size_t blank = line.text.find_first_of(" \t");
            if (blank == std::string::npos) continue;
            const std::string action =
                ascii_lower(without_blanks(std::string_view(line.text).substr(blank)));
            if (action != "relay") continue;  // refusals stay Sendmail's own
            ImportedItem item{line.text, {file, line.number}};
            std::string key = ascii_lower(line.text.substr(0, blank));
            const auto tagged = [&](std::string_view tag) {
                if (!key.starts_with(tag)) return false;
                key = key.substr(tag.size());
                return true;
            };
            if (tagged("connect:"))
                relay(key, std::move(item), false, true);
            else if (tagged("to:"))
                relay(key, std::move(item), true, false);
            else if (tagged("from:"))
                leave_out(item,
                          "whoever claims a sender may not relay by that: grant it to a login "
                          "or a network");
            else
                relay(key, std::move(item), true, true);
        }
    }

    void take_daemon(const std::string& options, const FileLine& origin) {
        std::string name;
        std::string port = "smtp";
        for (const std::string& option : list_items(options)) {
            const std::string lower = ascii_lower(option);
            if (lower.starts_with("name=")) name = option.substr(5);
            if (lower.starts_with("port=")) port = lower.substr(5);
        }
        if (port == "submission" || port == "msa") port = "587";
        if (port == "smtps" || port == "submissions") port = "465";
        if (port == "smtp" || port == "25") return;
        if (port.find_first_not_of("0123456789") != std::string::npos) {
            policy_.left_out.push_back({origin, options, "its port is not known"});
            return;
        }
        add(policy_.ports, {port, origin});
        if (!name.empty()) add(policy_.daemon_names, {name, origin});
    }

    std::string file_;
    ImportedPolicy policy_{};
};

}  // namespace

tl::expected<ImportedPolicy, std::string> import_sendmail(const std::string& file) {
    const auto text = file_text(file);
    if (!text) return tl::make_unexpected(file + " cannot be read");
    ImportedPolicy policy = SendmailReader(file).read(*text);
    if (policy.hosted_domains.empty() && policy.ports.empty())
        return tl::make_unexpected(file + " is no sendmail.cf: it has no class w and no daemon");
    return policy;
}

}  // namespace relaypermit
