#include "tool/inspect/report_findings.h"

#include "tool/base/visible.h"
#include "tool/base/when.h"

namespace relaypermit {
namespace {

Findings suspects_of(const Report& report, Suspect::Kind kind) {
    Findings found = kind == Suspect::Kind::theft
                         ? Findings{"Suspected stolen accounts",
                                    "many senders without a pattern, from several networks", true}
                         : Findings{"Logins that send as many others",
                                    "senders without a pattern, from few networks", true};
    for (const Suspect& suspect : report.suspects()) {
        if (suspect.kind == kind) {
            found.all.push_back({suspect.login, suspect.refusals, what_was_seen(suspect),
                                 std::string(what_to_do(kind))});
        }
    }
    return found;
}

Findings forms_of(const Report& report) {
    Findings found{"Strangers in From", "a web form, or mail that is redirected"};
    for (const WebForm& form : report.forms()) {
        found.all.push_back(
            {form.login, form.refusals, what_was_seen(form), std::string(form_advice)});
    }
    return found;
}

Findings realms_of(const Report& report) {
    Findings found{"One line for many", "logins that were refused one and the same thing"};
    for (const WholeRealm& realm : report.realms()) {
        found.all.push_back(
            {realm.realm, realm.refusals,
             counted(realm.refusals, "refusal") + " of " + counted(realm.logins, "login") +
                 (realm.realm == realm.domain
                      ? " that sent as themselves"
                      : " that sent under their own names at " + visible(realm.domain)),
             visible(what_to_change(realm))});
    }
    return found;
}

}  // namespace

std::vector<Findings> findings_of(const Report& report) {
    std::vector<Findings> all;
    for (Findings& found : std::vector{suspects_of(report, Suspect::Kind::theft),
                                       suspects_of(report, Suspect::Kind::crowd), forms_of(report),
                                       realms_of(report)}) {
        if (!found.all.empty()) all.push_back(std::move(found));
    }
    return all;
}

void suspects_as_json(JsonWriter& json, const std::vector<Suspect>& suspects) {
    json.key("suspects").open_array();
    for (const Suspect& suspect : suspects) {
        json.open_object().key("login").value(suspect.login);
        json.key("kind").value(to_string(suspect.kind));
        json.key("refusals").value(suspect.refusals).key("senders").value(suspect.senders);
        json.key("foreign").value(suspect.foreign).key("networks").value(suspect.networks);
        json.key("in_an_hour").value(suspect.in_an_hour).key("clients").value(suspect.clients);
        json.key("from").value(rfc3339(suspect.from)).key("examples").values(suspect.examples);
        json.close_object();
    }
    json.close_array();
}

void forms_as_json(JsonWriter& json, const std::vector<WebForm>& forms) {
    json.key("forms").open_array();
    for (const WebForm& form : forms) {
        json.open_object().key("login").value(form.login).key("strangers").value(form.strangers);
        json.key("refusals").value(form.refusals).key("clients").value(form.clients);
        json.key("examples").values(form.examples).key("change").value(form_advice);
        json.close_object();
    }
    json.close_array();
}

void findings_as_json(JsonWriter& json, const Report& report) {
    suspects_as_json(json, report.suspects());
    forms_as_json(json, report.forms());
    json.key("realms").open_array();
    for (const WholeRealm& realm : report.realms()) {
        json.open_object().key("realm").value(realm.realm).key("domain").value(realm.domain);
        json.key("logins").value(realm.logins).key("refusals").value(realm.refusals);
        json.key("change").value(what_to_change(realm)).close_object();
    }
    json.close_array();
}

}  // namespace relaypermit
