#include "config/recovered_listen.h"

#include <gtest/gtest.h>

namespace relaypermit {
namespace {

std::string control_in(std::string_view text) {
    ListenSettings listen;
    recover_listen(text, listen);
    return listen[Protocol::control];
}

TEST(RecoveredListen, IsWhateverTheTextAssigns) {
    for (const std::string_view text :
         {"listen.control = \"unix:/srv/c.sock\"\n", "[listen]\ncontrol='unix:/srv/c.sock'",
          "listen = { milter = \"fd:3\", control = \"unix:/srv/c.sock\" }\n",
          "text = \"\"\"\n\xE4\n[listen]\n\tcontrol\t=\t\"unix:/srv/c.sock\" # mine\n"})
        EXPECT_EQ(control_in(text), "unix:/srv/c.sock") << text;
}

TEST(RecoveredListen, IsNothingThatNamesNoSocket) {
    for (const std::string_view text :
         {"", "control", "control =", "control = \"", "control = \"unix:\"\n",
          "control = nothing\n", "# control = \"unix:/srv/c.sock\"\n",
          "out_of_control = \"unix:/srv/c.sock\"\n", "control = \"\"\n",
          "control\n= \"unix:/srv/c.sock\"\n"})
        EXPECT_EQ(control_in(text), info_of(Protocol::control).usual) << text;
}

TEST(RecoveredListen, LeavesWhatWasRead) {
    ListenSettings listen;
    listen[Protocol::control] = "unix:/srv/read.sock";
    recover_listen("control = \"unix:/srv/c.sock\"\nmilter = \"unix:/srv/m.sock\"\n", listen);
    EXPECT_EQ(listen[Protocol::control], "unix:/srv/read.sock");
    EXPECT_EQ(listen[Protocol::milter], "unix:/srv/m.sock");
}

TEST(RecoveredListen, TakesTheSocketOfTheMetricsForNoneOfMailServers) {
    ListenSettings listen;
    recover_listen("[metrics]\nlisten = \"unix:/srv/metrics.sock\"\n", listen);
    EXPECT_EQ(listen.addresses, ListenSettings().addresses);
}

}  // namespace
}  // namespace relaypermit
