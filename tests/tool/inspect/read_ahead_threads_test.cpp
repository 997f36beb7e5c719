#include "tool/inspect/read_ahead.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>

#include "tests/support/sample_record.h"

namespace relaypermit {
namespace {

// So many decisions, of which it then throws or says that it has failed.
class Numbered final : public Decisions {
  public:
    explicit Numbered(std::int64_t number) : number_(number) {}

    tl::expected<ReadNotes, std::string> each(
        const TimeSpan&, bool refusals_only,
        const std::function<bool(Decision&&)>& visit) override {
        refusals = refusals_only;
        reader = std::this_thread::get_id();
        ReadNotes notes;
        for (std::int64_t i = 0; i < number_; ++i) {
            Decision decision;
            decision.stored.id = i;
            ++notes.visited;
            if (!visit(std::move(decision))) break;
        }
        if (throws) throw std::runtime_error("it broke");
        if (fails) return tl::unexpected(std::string("disk gone"));
        return notes;
    }
    tl::expected<std::optional<std::uint64_t>, std::string> accepted(const TimeSpan&) override {
        return std::nullopt;
    }
    tl::expected<std::optional<std::vector<std::string>>, std::string> logins_of_accepted(
        const TimeSpan&) override {
        return std::nullopt;
    }
    tl::expected<std::optional<TimePoint>, std::string> begins() override { return std::nullopt; }
    tl::expected<std::vector<StoreGap>, std::string> gaps(const TimeSpan&) override { return {}; }
    tl::expected<ReadNotes, std::string> newer(std::int64_t, bool,
                                               const std::function<bool(Decision&&)>&) override {
        return {};
    }
    tl::expected<ReadNotes, std::string> find(const std::string&,
                                              const std::function<bool(Decision&&)>&) override {
        return {};
    }

    bool throws{};
    bool fails{};
    bool refusals{};
    std::thread::id reader{};

  private:
    std::int64_t number_;
};

TEST(ReadAhead, GivesEveryDecisionInItsOrderToTheThreadThatAsked) {
    for (const std::int64_t number : {0, 1, 255, 256, 257, 10000}) {
        Numbered decisions{number};
        std::int64_t next = 0;
        const auto read = each_ahead(decisions, {}, true, [&](Decision&& decision) {
            EXPECT_NE(std::this_thread::get_id(), decisions.reader);
            EXPECT_EQ(decision.stored.id, next++);
            return true;
        });
        ASSERT_TRUE(read);
        EXPECT_EQ(next, number);
        EXPECT_EQ(read->visited, static_cast<std::uint64_t>(number));
        EXPECT_TRUE(decisions.refusals);
    }
}

TEST(ReadAhead, StopsWhereItIsToldTo) {
    Numbered decisions{100000000};
    int visited = 0;
    EXPECT_TRUE(each_ahead(decisions, {}, false, [&](Decision&&) { return ++visited < 700; }));
    EXPECT_EQ(visited, 700);
}

TEST(ReadAhead, SaysWhatWentWrongInEitherThread) {
    Numbered decisions{1000};
    decisions.fails = true;
    const auto all = [](Decision&&) { return true; };
    EXPECT_EQ(each_ahead(decisions, {}, false, all).error(), "disk gone");
    decisions.throws = true;
    EXPECT_THROW(static_cast<void>(each_ahead(decisions, {}, false, all)), std::runtime_error);
    decisions.throws = false;
    const auto breaks = [](Decision&&) -> bool { throw std::logic_error("mine"); };
    EXPECT_THROW(static_cast<void>(each_ahead(decisions, {}, false, breaks)), std::logic_error);
}

}  // namespace
}  // namespace relaypermit
