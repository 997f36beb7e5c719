#include "tool/inspect/web_form.h"

#include <gtest/gtest.h>

#include "tests/support/sample_record.h"

namespace relaypermit {
namespace {

Decision refusal(const std::string& login, const std::string& address,
                 Cause cause = Cause::from_not_owned, const std::string& client = "192.0.2.80") {
    Decision decision;
    decision.stored.time = decision.stored.last = sample_time(0);
    decision.stored.count = 1;
    decision.stored.record = sample_record();
    decision.stored.record.login = login;
    decision.stored.record.client = client;
    decision.stored.record.cause = cause;
    decision.stored.record.sender = cause == Cause::from_not_owned ? login : address;
    decision.stored.record.from = {address};
    return decision;
}

std::size_t number_of_forms(const std::vector<Decision>& decisions) {
    WebForms forms{"+", [](const std::string& domain) { return domain == "shop.example.com"; }};
    for (const Decision& decision : decisions) forms.add(decision);
    return forms.forms().size();
}

TEST(WebForm, IsWhoWritesVisitorsIntoFrom) {
    WebForms forms;
    forms.add(refusal("site@example.com", "joe.doe@gmail.example"));
    EXPECT_TRUE(forms.forms().empty());
    forms.add(refusal("Site@example.com", "jane@yahoo.example"));
    ASSERT_EQ(forms.forms().size(), 1U);
    const WebForm form = forms.forms().front();
    EXPECT_EQ(form.login, "site@example.com");
    EXPECT_EQ(form.refusals, 2U);
    EXPECT_EQ(form.strangers, 2U);
    EXPECT_EQ(form.clients, 1U);
    EXPECT_EQ(what_was_seen(form),
              "2 strangers' addresses from 1 client, 2 refusals, as jane@yahoo.example, "
              "joe.doe@gmail.example");
    EXPECT_TRUE(forms.is_visitor("SITE@example.com", "Jane+x@yahoo.example"));
    EXPECT_FALSE(forms.is_visitor("site@example.com", "orders@example.com"));
}

TEST(WebForm, IsAWebServersLoginWithItsFirstVisitor) {
    for (const char* login : {"wordpress@example.com", "www-data@example.com", "wp@example.com",
                              "contact-form@example.com"}) {
        EXPECT_EQ(number_of_forms({refusal(login, "joe@gmail.example")}), 1U) << login;
        EXPECT_EQ(number_of_forms({refusal(login, "joe@gmail.example", Cause::sender_not_hosted)}),
                  1U)
            << login;
    }
}

TEST(WebForm, IsNobodyWhoUsesOtherAddressesOfTheirOwn) {
    EXPECT_EQ(number_of_forms({refusal("alice@example.com", "alice.b@gmail.example"),
                               refusal("alice@example.com", "alice1@yahoo.example"),
                               refusal("alice@example.com", "info@club.example"),
                               refusal("alice@example.com", "bob@example.com"),
                               refusal("alice@example.com", "carol@shop.example.com"),
                               refusal("alice@example.com", "one.stranger@gmail.example")}),
              0U);
}

// Strangers as senders too are what a few private mailboxes look like, up to a point.
TEST(WebForm, NeedsMoreWhereTheSenderIsAStrangerToo) {
    const Cause cause = Cause::sender_not_hosted;
    std::vector<Decision> tried = {refusal("alice@example.com", "joe@gmail.example", cause),
                                   refusal("alice@example.com", "jane@yahoo.example", cause)};
    EXPECT_EQ(number_of_forms(tried), 0U);
    tried.push_back(refusal("alice@example.com", "jim@yahoo.example", cause));
    EXPECT_EQ(number_of_forms(tried), 1U);
}

// A web server is in one place.
TEST(WebForm, IsNobodyWhoIsInManyNetworks) {
    std::vector<Decision> tried;
    for (int i = 0; i < 3; ++i)
        tried.push_back(refusal("alice@example.com", "v" + std::to_string(i) + "@gmail.example",
                                Cause::from_not_owned, "192.0." + std::to_string(i) + ".1"));
    EXPECT_EQ(number_of_forms(tried), 0U);
}

TEST(WebForm, IsNoListAndNoForwarder) {
    const Cause cause = Cause::sender_not_hosted;
    EXPECT_EQ(
        number_of_forms({refusal("list@example.com", "dev-bounces-a=x.org@lists.example", cause),
                         refusal("list@example.com", "dev-bounces-b=x.org@lists.example", cause),
                         refusal("list@example.com", "SRS0=h=t=x.org=c@fwd.example", cause)}),
        0U);
}

}  // namespace
}  // namespace relaypermit
