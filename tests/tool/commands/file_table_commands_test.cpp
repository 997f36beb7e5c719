// Commands of the tool on a policy with an alias table in a file.
#include <gtest/gtest.h>

#include "tests/support/scratch_tool.h"

namespace relaypermit {
namespace {

TEST(FileTableCommands, CheckWarnsOfLinesThatAreIgnored) {
    ScratchTool tool;
    tool.write("policy.toml",
               "[relay]\nhosted_domains = [\"example.com\"]\n"
               "[[alias_table]]\nid = \"senders\"\ntype = \"file\"\npath = \"" +
                   tool.path("senders") + "\"\n");
    tool.write("senders", "bob@example.com orders@example.com\ncarol@example.com\nx\n");
    EXPECT_EQ(tool.run({"check", "--strict"}), Exit::finding);
    const std::string says = "alias table senders: `" + tool.path("senders") +
                             "`: 2 lines are ignored, the first is line 2: it has a key and no "
                             "value";
    EXPECT_NE((tool.out() + tool.err()).find(says), std::string::npos) << tool.out() << tool.err();
    tool.write("senders", "bob@example.com orders@example.com\n");
    (void)tool.run({"check"});
    EXPECT_EQ((tool.out() + tool.err()).find("ignored"), std::string::npos);
}

}  // namespace
}  // namespace relaypermit
