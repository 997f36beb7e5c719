#include "tables/server_table.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace relaypermit::testing {
namespace {

using Of = ConnectorFault::Of;

// What the fake server does, and what it saw.
struct FakeServer {
    int connects{};
    int asks{};
    std::vector<Of> faults{};  // of the next asks, the last first
    bool refuses{};
    PlaceholderValues last{};
};

class FakeConnection final : public ServerConnection {
  public:
    explicit FakeConnection(FakeServer& server) : server_(server) {}
    ConnectorResult<std::vector<std::string>> ask(const PlaceholderValues& values,
                                                  const Deadline& /*deadline*/) override {
        ++server_.asks;
        server_.last = values;
        if (server_.faults.empty()) return std::vector<std::string>{"a@example.com"};
        const Of of = server_.faults.back();
        server_.faults.pop_back();
        return tl::make_unexpected(ConnectorFault{of, "broken"});
    }

  private:
    FakeServer& server_;
};

class FakeConnector final : public Connector {
  public:
    explicit FakeConnector(FakeServer& server) : server_(server) {}
    ConnectorResult<std::unique_ptr<ServerConnection>> connect(
        const std::string& /*password*/, const Deadline& /*deadline*/) override {
        ++server_.connects;
        if (server_.refuses) return tl::make_unexpected(ConnectorFault{Of::connection, "refused"});
        return std::make_unique<FakeConnection>(server_);
    }

  private:
    FakeServer& server_;
};

class ServerTableTest : public ::testing::Test {
  protected:
    TableResult look_up(const Login& login) { return table_.look_up(key_of(login)); }

    FakeServer server_{};
    ServerTable table_{std::make_unique<FakeConnector>(server_),
                       {{Placeholder::login, Placeholder::domain}, 500, {}, false}};
};

TEST_F(ServerTableTest, AsksInLowerCaseOverOneConnection) {
    EXPECT_EQ(look_up({"Alice", "Example.com"}).values, std::vector<std::string>{"a@example.com"});
    EXPECT_EQ(value_of(Placeholder::login, server_.last), "alice@example.com");
    EXPECT_EQ(value_of(Placeholder::domain, server_.last), "example.com");
    (void)look_up({"bob", "example.com"});
    EXPECT_EQ(server_.connects, 1);
    EXPECT_EQ(server_.asks, 2);
    EXPECT_TRUE(table_.uses().login);
    EXPECT_FALSE(table_.uses().sender);
}

TEST_F(ServerTableTest, DoesNotAskForWhatNoRowCanHave) {
    for (const Login& login :
         {Login{"bob", ""}, Login{std::string("b\0b", 3), "x"}, Login{std::string(9000, 'x'), "x"},
          Login{"\xFF", "x"}, Login{"b\nb", "x"}}) {
        const TableResult result = look_up(login);
        EXPECT_TRUE(result.known);
        EXPECT_TRUE(result.values.empty());
        EXPECT_TRUE(result.why.starts_with("not asked: ")) << result.why;
    }
    EXPECT_EQ(server_.connects, 0);
}

TEST_F(ServerTableTest, DoesNotAskAServerThatFoldsLettersForThem) {
    ServerTable folding(std::make_unique<FakeConnector>(server_),
                        {{Placeholder::sender}, 500, {}, false, true});
    TableKey key;
    key.sender = "mau\xc3\x9f@example.com";
    const TableResult result = folding.look_up(key);
    EXPECT_TRUE(result.known);
    EXPECT_TRUE(result.values.empty());
    EXPECT_EQ(server_.asks, 0);
    key.sender = "maus@example.com";
    EXPECT_EQ(folding.look_up(key).values.size(), 1U);
}

TEST_F(ServerTableTest, AsksOnceMoreOnlyWhereAnIdleConnectionBroke) {
    server_.faults = {Of::connection};
    EXPECT_FALSE(look_up({"bob", "x"}).known);  // a new one: no second try
    EXPECT_EQ(server_.asks, 1);
    EXPECT_TRUE(look_up({"bob", "x"}).known);
    server_.faults = {Of::connection};
    EXPECT_TRUE(look_up({"bob", "x"}).known);
    EXPECT_EQ(server_.asks, 4);
    server_.faults = {Of::connection, Of::connection};
    EXPECT_FALSE(look_up({"bob", "x"}).known);
    EXPECT_EQ(server_.asks, 6);
}

TEST_F(ServerTableTest, DoesNotAskAgainAfterATimeoutOrAnError) {
    for (const Of of : {Of::timeout, Of::query}) {
        (void)look_up({"bob", "x"});
        server_.asks = 0;
        server_.faults = {of};
        const TableResult result = look_up({"bob", "x"});
        EXPECT_FALSE(result.known);
        EXPECT_EQ(result.why, "broken");
        EXPECT_EQ(server_.asks, 1);
    }
}

TEST_F(ServerTableTest, AsksAgainOnceTheServerIsBack) {
    server_.refuses = true;
    EXPECT_EQ(look_up({"bob", "x"}).why, "refused");
    server_.refuses = false;
    EXPECT_TRUE(look_up({"bob", "x"}).known);
}

}  // namespace
}  // namespace relaypermit::testing
