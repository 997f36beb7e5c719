#include "tool/guide/marker.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "policy/contact.h"
#include "tool/guide/site.h"
#include "tool/guide/values.h"

namespace relaypermit {

using nlohmann::json;

namespace {

constexpr std::string_view made_by_us = "relaypermit guide";

std::vector<std::string> texts(const std::vector<MailService>& services) {
    std::vector<std::string> written;
    for (const MailService& service : services) written.push_back(to_string(service));
    return written;
}

tl::expected<json, std::string> parse_marker(std::string_view written) {
    auto marker = json::parse(written, nullptr, false);
    if (!marker.is_object() || marker.value("made_by", json()) != made_by_us)
        return tl::unexpected(std::string("is none of `relaypermit guide`"));
    return marker;
}

std::vector<std::string> list_of(const json& marker, std::string_view key) {
    std::vector<std::string> list;
    const auto found = marker.find(key);
    if (found == marker.end() || !found->is_array()) return list;
    for (const json& item : *found)
        if (item.is_string()) list.push_back(item.get<std::string>());
    return list;
}

std::vector<MailService> services_of(const json& marker, std::string_view key) {
    std::vector<MailService> services;
    for (const std::string& text : list_of(marker, key))
        if (const auto service = parse_mail_service(text)) services.push_back(*service);
    return services;
}

// The members of one list that the other has not.
std::vector<std::string> lacking(const std::vector<std::string>& in,
                                 const std::vector<std::string>& other) {
    std::vector<std::string> missing;
    for (const std::string& item : in)
        if (std::find(other.begin(), other.end(), item) == other.end()) missing.push_back(item);
    return missing;
}

std::string in_words(const std::string& value) {
    return value.empty() ? "none" : "`" + value + "`";
}

std::string user_name_in_words(const std::string& form) {
    if (form == "address") return "the whole mail address";
    if (form == "local-part") return "the part of the address before the @";
    return "`" + form + "`";
}

class Comparison {
  public:
    Comparison(const json& written, const json& now, const Loaded& loaded)
        : written_(written), now_(now), loaded_(loaded) {}

    std::vector<GuideFinding> take() {
        value("server", "server", "server");
        value("help_url", "help-url", "address of the help pages");
        user_name();
        value("contact", "contact", "contact");
        value("webmail", "webmail", "webmail");
        value("password_url", "password", "page to change a password");
        value("organisation", "organisation", "organisation");
        lists("languages", "language", "the guide has pages in `",
              "`, which [guide] no longer names", "the guide has no pages in `",
              "`, which [guide] names");
        lists("anchors", "cause", "the guide explains `", "`, for which the policy refuses nothing",
              "the policy refuses for `", "`, which the guide does not explain");
        services("outgoing", "sending", "to send");
        closed_ports();
        services("incoming", "incoming", "to fetch mail");
        lists("domains", "domain", "the guide is for addresses at `",
              "`, which the policy leaves out", "the guide says nothing of addresses at `",
              "`, which the policy has");
        for (const std::string& domain : list_of(now_, "domains"))
            if (!loaded_.policy->hosted(domain) &&
                !has_domain_table(loaded_.policy->source(), DomainRole::hosted))
                add("policy", "[guide] names the domain `" + domain +
                                  "`, which the policy does not host" + at("guide.domains") +
                                  ": put it into hosted_domains of [relay]" +
                                  at("relay.hosted_domains") + ", or take it away there");
        return std::move(findings_);
    }

  private:
    void add(std::string about, std::string sentence) {
        findings_.push_back({std::move(about), std::move(sentence)});
    }
    [[nodiscard]] static std::string text(const json& marker, std::string_view key) {
        const auto found = marker.find(key);
        return found != marker.end() && found->is_string() ? found->get<std::string>()
                                                           : std::string();
    }

    void value(std::string_view key, std::string about, const std::string& what) {
        if (!written_.contains(key)) return;
        const std::string then = text(written_, key);
        const std::string today = text(now_, key);
        if (then != today)
            add(std::move(about), "the guide says that the " + what + " is " + in_words(then) +
                                      ", the policy " + in_words(today));
    }
    void user_name() {
        const std::string then = text(written_, "user_name");
        const std::string today = text(now_, "user_name");
        if (!then.empty() && then != today)
            add("user-name", "the guide says that the user name is " + user_name_in_words(then) +
                                 ", the policy " + user_name_in_words(today));
    }
    void lists(std::string_view key, const std::string& about, const std::string& too_much,
               const std::string& and_so, const std::string& too_little,
               const std::string& and_thus) {
        const auto then = list_of(written_, key);
        const auto today = list_of(now_, key);
        for (const std::string& item : lacking(then, today)) add(about, too_much + item + and_so);
        for (const std::string& item : lacking(today, then))
            add(about, too_little + item + and_thus);
    }
    void services(std::string_view key, const std::string& about, const std::string& to_do) {
        const auto then = list_of(written_, key);
        const auto today = list_of(now_, key);
        const auto gone = lacking(then, today);
        const auto added = lacking(today, then);
        for (const std::string& service : gone)
            add(about, "the guide says " + to_do + " at " + service + ", which the policy has not");
        for (const std::string& service : added)
            add(about,
                "the policy has " + service + " " + to_do + ", which the guide does not say");
        if (gone.empty() && added.empty() && then != today && !then.empty() && !today.empty())
            add(about, "the guide says first " + to_do + " at " + then.front() +
                           ", the policy first at " + today.front());
    }
    // What [guide] outgoing says against [submission]. There mail is taken from anybody, and only
    // for the domains of this server, unless its daemon of the mail server is named.
    void closed_ports() {
        const auto& ports = loaded_.policy->source().submission_ports;
        if (ports.empty()) return;
        std::string allowed;
        for (const std::uint16_t port : ports)
            allowed += (allowed.empty() ? "" : ", ") + std::to_string(port);
        for (const MailService& service : outgoing_services(loaded_))
            if (std::find(ports.begin(), ports.end(), service.port) == ports.end())
                add("policy", "outgoing of [guide] says to send at " + to_string(service) +
                                  at("guide.outgoing") + ", and ports of [submission] allows " +
                                  allowed + " alone" + at("submission.ports") + ": name port " +
                                  std::to_string(service.port) +
                                  " in one or take it from the other");
    }
    // Where the policy says it, in brackets; empty where it is a default.
    [[nodiscard]] std::string at(std::string_view setting) const {
        const auto place = loaded_.places.find(setting);
        return place == loaded_.places.end() ? "" : " (" + to_string(place->second) + ")";
    }

    const json& written_;
    const json& now_;
    const Loaded& loaded_;
    std::vector<GuideFinding> findings_{};
};

}  // namespace

nlohmann::ordered_json guide_facts(const Loaded& loaded) {
    const PolicySource& source = loaded.policy->source();
    const GuideSettings& guide = loaded.settings.guide;
    nlohmann::ordered_json marker;
    marker["made_by"] = made_by_us;
    marker["server"] = source.server_name;
    marker["help_url"] = source.help_url;
    marker["contact"] = contact_of(source);
    marker["organisation"] = guide.organisation;
    marker["user_name"] = guide.user_name;
    marker["webmail"] = guide.webmail;
    marker["password_url"] = guide.password_url;
    marker["languages"] = guide.languages;
    marker["anchors"] = guide_anchors(loaded);
    marker["outgoing"] = texts(outgoing_services(loaded));
    marker["incoming"] = texts(guide.incoming);
    marker["domains"] = guide_domains(loaded);
    return marker;
}

tl::expected<std::vector<GuideFinding>, std::string> contradictions(std::string_view written,
                                                                    const Loaded& loaded) {
    const auto marker = parse_marker(written);
    if (!marker) return tl::unexpected(marker.error());
    const json now = guide_facts(loaded);
    return Comparison(*marker, now, loaded).take();
}

tl::expected<WrittenGuide, std::string> read_marker(std::string_view written) {
    const auto marker = parse_marker(written);
    if (!marker) return tl::unexpected(marker.error());
    const auto help_url = marker->find("help_url");
    return WrittenGuide{services_of(*marker, "outgoing"),
                        services_of(*marker, "incoming"),
                        list_of(*marker, "domains"),
                        list_of(*marker, "anchors"),
                        list_of(*marker, "files"),
                        help_url != marker->end() && help_url->is_string()
                            ? help_url->get<std::string>()
                            : std::string()};
}

}  // namespace relaypermit
