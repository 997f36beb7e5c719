#include "tool/inspect/web_form.h"

#include <algorithm>
#include <array>

#include "policy/address.h"
#include "policy/network.h"
#include "tool/base/visible.h"
#include "tool/inspect/abuse.h"
#include "tool/inspect/sender_fold.h"

namespace relaypermit {
namespace {

std::string_view local_of(std::string_view address) {
    return address.substr(0, address.rfind('@'));
}

std::string_view domain_of(std::string_view address) {
    const std::size_t at = address.rfind('@');
    return at == std::string_view::npos ? std::string_view{} : address.substr(at + 1);
}

// The words of a name, in lower case: john, q and public of john.q-public.
std::set<std::string> words_of(std::string_view local) {
    std::set<std::string> words;
    std::string word;
    const std::string lower = ascii_lower(local) + ".";
    for (const char c : lower) {
        if (std::string_view(".-_+").find(c) == std::string_view::npos) {
            word += c;
        } else if (!word.empty()) {
            words.insert(std::move(word));
            word.clear();
        }
    }
    return words;
}

// What the accounts of web servers are called.
bool is_web_login(std::string_view login) {
    static constexpr std::array<std::string_view, 14> names = {
        "apache", "contact", "drupal",    "form",    "forms",     "joomla", "kontakt",
        "typo3",  "web",     "webserver", "website", "wordpress", "wp",     "www"};
    for (const std::string& word : words_of(local_of(login)))
        if (std::find(names.begin(), names.end(), word) != names.end()) return true;
    return false;
}

std::string place_of(const std::string& client) {
    const auto address = IpAddress::parse(client);
    return address ? to_string(address->masked(address->is_v4() ? 24 : 64)) : "local";
}

}  // namespace

bool is_office(std::string_view local) {
    // RFC 2142, and what firms use.
    static constexpr std::array<std::string_view, 34> offices = {
        "abuse",   "accounting", "admin",   "billing",   "booking",    "buchhaltung", "contact",
        "hallo",   "hello",      "help",    "helpdesk",  "hostmaster", "info",        "invoice",
        "jobs",    "kontakt",    "mail",    "marketing", "news",       "newsletter",  "no-reply",
        "noreply", "office",     "order",   "orders",    "postmaster", "returns",     "sales",
        "service", "shop",       "support", "team",      "vertrieb",   "webmaster"};
    return std::find(offices.begin(), offices.end(), ascii_lower(local)) != offices.end();
}

bool is_stranger(std::string_view login, std::string_view address) {
    if (is_office(local_of(address))) return false;
    const auto mine = words_of(local_of(login));
    const auto theirs = words_of(local_of(address));
    return std::none_of(theirs.begin(), theirs.end(), [&](const std::string& word) {
        // alice is in alice.b and in alice1; al is in everything.
        constexpr std::size_t telling = 3;
        return std::any_of(mine.begin(), mine.end(), [&](const std::string& own) {
            return own == word || (own.size() >= telling && word.starts_with(own)) ||
                   (word.size() >= telling && own.starts_with(word));
        });
    });
}

void WebForms::add(const Decision& decision) {
    const Record& record = decision.record();
    if (record.login.empty() || !record.cause || !about_ownership(*record.cause)) return;
    const bool in_from = *record.cause == Cause::from_not_owned;
    const std::string login = ascii_lower(record.login);
    bool counted_already = false;
    const auto tried = [&](const std::string& text) {
        const FoldedSender folded = folded_sender(text, delimiters_);
        const std::string domain(domain_of(folded.base));
        // Lists and forwarders are another matter.
        if (domain.empty() || folded.is_once_only() || domain == domain_of(login) ||
            (hosted_ && hosted_(domain)) || !is_stranger(login, folded.base)) {
            return;
        }
        Account& account = accounts_[login];
        account.strangers.insert(folded.base);
        account.domains.insert(domain);
        if (in_from) account.in_from.insert(folded.base);
        account.networks.insert(place_of(record.client));
        account.clients.insert(record.client);
        account.refusals += counted_already ? 0 : decision.stored.count;
        account.last = std::max(account.last, decision.stored.last);
        counted_already = true;
    };
    if (in_from)
        for (const std::string& from : record.from) tried(from);
    else
        tried(record.sender);
}

bool WebForms::is_form(const std::string& login, const Account& account) {
    return account.networks.size() <= most_networks &&
           (account.in_from.size() >= several_in_from ||
            (account.strangers.size() >= several_anywhere && account.domains.size() > 1) ||
            is_web_login(login));
}

std::vector<WebForm> WebForms::forms() const {
    constexpr std::size_t max_examples = 3;
    std::vector<WebForm> forms;
    for (const auto& [login, account] : accounts_) {
        if (!is_form(login, account)) continue;
        WebForm form{.login = login,
                     .refusals = account.refusals,
                     .strangers = account.strangers.size(),
                     .clients = account.clients.size(),
                     .last = account.last};
        for (const std::string& stranger : account.strangers) {
            if (form.examples.size() == max_examples) break;
            form.examples.push_back(stranger);
        }
        forms.push_back(std::move(form));
    }
    std::stable_sort(forms.begin(), forms.end(),
                     [](const auto& a, const auto& b) { return a.refusals > b.refusals; });
    return forms;
}

bool WebForms::is_visitor(const std::string& login, const std::string& address) const {
    const auto account = accounts_.find(ascii_lower(login));
    return account != accounts_.end() && is_form(account->first, account->second) &&
           account->second.strangers.contains(folded_sender(address, delimiters_).base);
}

std::string what_was_seen(const WebForm& form) {
    return (form.strangers == 1 ? std::string("a stranger's address")
                                : with_commas(form.strangers) + " strangers' addresses") +
           " from " + counted(form.clients, "client") + ", " + counted(form.refusals, "refusal") +
           ", as " + visible(joined(form.examples));
}

}  // namespace relaypermit
