#include "tool/inspect/filter.h"

#include <gtest/gtest.h>

#include <sstream>

#include "tests/support/sample_record.h"

namespace relaypermit {
namespace {

// The filter of a command line, through the tool's own reader of it.
class Ask final : public Command {
  public:
    explicit Ask(std::string& answer, const Record& record) : answer_(answer), record_(record) {}
    [[nodiscard]] std::string_view name() const override { return "ask"; }
    [[nodiscard]] std::string_view summary() const override { return "asks"; }
    void declare(Options& options) override { filter_.declare(options); }
    [[nodiscard]] Exit run(const Context&) override {
        const auto compiled = filter_.compile();
        answer_ = !compiled ? compiled.error() : filter_.fits(record_) ? "yes" : "no";
        return Exit::fine;
    }

  private:
    std::string& answer_;
    Record record_;
    Filter filter_{};
};

std::string ask(const std::vector<std::string>& options, const Record& record = sample_record()) {
    std::string answer;
    Commands commands;
    commands.push_back(std::make_unique<Ask>(answer, record));
    std::istringstream in;
    std::ostringstream out;
    std::vector<std::string> arguments = {"ask"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    static_cast<void>(run_tool(commands, arguments, Context{.in = in, .out = out, .err = out}));
    return answer + out.str();
}

TEST(Filter, ShowsRefusalsUnlessAcceptedMessagesAreAskedFor) {
    EXPECT_EQ(ask({}), "yes");
    EXPECT_EQ(ask({}, sample_accept()), "no");
    EXPECT_EQ(ask({"--verdict", "accept"}, sample_accept()), "yes");
    EXPECT_EQ(ask({"--verdict", "accept"}), "no");
    EXPECT_EQ(ask({"--verdict", "accept", "--verdict", "reject"}), "yes");
}

TEST(Filter, FitsTheFieldsOfARecord) {
    const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
        {{"--cause", "sender-not-owned"}, "yes"},
        {{"--cause", "weak-login"}, "yes"},  // in `also`
        {{"--cause", "from-unusable"}, "no"},
        {{"--login", "alice"}, "yes"},
        {{"--login", "ALICE@example.com"}, "yes"},
        {{"--login", "@example.com"}, "yes"},
        {{"--login", "@EXAMPLE.*"}, "yes"},
        {{"--login", "al*"}, "yes"},
        {{"--login", "lice"}, "no"},
        {{"--login", "@example.org"}, "no"},
        {{"--sender", "bob@example.com"}, "yes"},
        {{"--sender", "carol"}, "yes"},  // in Sender
        {{"--sender", "dave@*"}, "no"},
        {{"--client", "198.51.100.7"}, "yes"},
        {{"--client", "198.51.100.0/24"}, "yes"},
        {{"--client", "2001:db8::/32"}, "no"},
        {{"--rule", "shop"}, "yes"},
        {{"--rule", "sho"}, "no"},
        {{"--rule", "sho", "--rule", "shop", "--login", "bob"}, "no"},
        {{"--rule", "sho", "--rule", "shop", "--login", "alice"}, "yes"},
    };
    for (const auto& [options, expected] : cases)
        EXPECT_EQ(ask(options), expected) << options[0] << " " << options[1];
}

TEST(Filter, FitsTheNullSender) {
    Record record = sample_record();
    record.sender = "<>";
    EXPECT_EQ(ask({"--sender", "<>"}, record), "yes");
    EXPECT_EQ(ask({"--sender", "<>"}), "no");
}

TEST(Filter, FindsNobodyWithoutALogin) {
    Record record = sample_record();
    record.login.clear();
    EXPECT_EQ(ask({"--login", "*"}, record), "no");
}

TEST(Filter, SaysWhatIsWrong) {
    EXPECT_EQ(ask({"--cause", "sender-not-owed"}),
              "--cause: there is no cause `sender-not-owed` (did you mean `sender-not-owned`?)");
    EXPECT_EQ(ask({"--verdict", "rejected"}),
              "--verdict: there is no verdict `rejected` (did you mean `reject`?)");
    EXPECT_TRUE(ask({"--client", "198.51.100.7/24"}).starts_with("--client: `198.51.100.7/24`: "));
}

TEST(Filter, BacktracksToItsStars) {
    EXPECT_TRUE(address_fits("a*b*c@x", "aXbXbXc@x"));
    EXPECT_TRUE(address_fits("*", ""));
    EXPECT_FALSE(address_fits("a*b", "aXc"));
    EXPECT_FALSE(address_fits(std::string(40, '*') + "b", std::string(200, 'a')));
}

}  // namespace
}  // namespace relaypermit
