#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "tables/cdb_rows.h"
#include "tests/support/scratch_tool.h"

namespace relaypermit {
namespace {

std::string value(const std::string& cdb, std::string_view key) {
    const auto rows = open_cdb_rows(cdb);
    if (!rows) return rows.error();
    return (*rows)->find(key)->value_or("(none)");
}

ToolRun build(const std::string& in, const std::string& out, std::string_view input = {}) {
    return run_relaypermit({"table", "build", "--in", in, "--out", out}, input);
}

TEST(TableCommand, CompilesLinesIntoACdb) {
    const ScratchDirectory folder;
    const std::string in =
        folder.write("senders.txt", "# sales\nBob@example.com a@example.com,\n  b@example.com\n");
    const std::string out = folder.file("senders.cdb");
    const ToolRun ran = build(in, out);
    EXPECT_EQ(ran.err, "");
    EXPECT_EQ(ran.out, "1 row\n");
    EXPECT_EQ(ran.exit, Exit::fine);
    EXPECT_EQ(value(out, "bob@example.com"), "a@example.com,  b@example.com");
    EXPECT_EQ(value(out, "Bob@example.com"), "(none)");
}

TEST(TableCommand, ReadsStandardInput) {
    const ScratchDirectory folder;
    const std::string out = folder.file("senders.cdb");
    const ToolRun ran = run_relaypermit({"table", "build", "--in", "-", "--out", out, "--json"},
                                        "a@example.com x\nb@example.com y\na@example.com z\n");
    EXPECT_EQ(ran.exit, Exit::fine);
    EXPECT_EQ(ran.err,
              "standard input:3: warning: `a@example.com` has a row already, which counts\n");
    EXPECT_EQ(ran.out, "{\"rows\":2,\"ignored\":1,\"bytes\":2132}\n");
    EXPECT_EQ(value(out, "a@example.com"), "x");
}

TEST(TableCommand, ReportsTenMistakesAndWritesNothing) {
    const ScratchDirectory folder;
    std::string text;
    for (int n = 0; n < 10; ++n)
        text += "good" + std::to_string(n) + "@example.com x\nbad" + std::to_string(n) + "\n";
    const std::string in = folder.write("senders.txt", text);
    const std::string out = folder.file("senders.cdb");
    const ToolRun ran = build(in, out);
    EXPECT_EQ(ran.exit, Exit::failed);
    std::string says;
    for (int n = 0; n < 10; ++n)
        says += in + ":" + std::to_string(2 * n + 2) + ": error: it has a key and no value\n";
    EXPECT_EQ(ran.err, says + "relaypermit: 10 lines are wrong: nothing is written\n");
    EXPECT_FALSE(std::filesystem::exists(out));
}

TEST(TableCommand, KeepsThePermissionsOfTheOldFile) {
    const ScratchDirectory folder;
    const std::string in = folder.write("senders.txt", "a@example.com x\n");
    const std::string out = folder.file("senders.cdb");
    ::chmod(in.c_str(), 0644);
    ASSERT_EQ(build(in, out).exit, Exit::fine);
    struct stat found {};
    ASSERT_EQ(::stat(out.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777U, 0644U);
    ::chmod(out.c_str(), 0640);
    folder.write("senders.txt", "a@example.com y\n");
    ASSERT_EQ(build(in, out).exit, Exit::fine);
    ASSERT_EQ(::stat(out.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777U, 0640U);
    EXPECT_EQ(value(out, "a@example.com"), "y");
}

TEST(TableCommand, WritesOverNothingElse) {
    const ScratchDirectory folder;
    const std::string in = folder.write("senders.txt", "a@example.com x\n");
    const ToolRun ran = build(in, in);
    EXPECT_EQ(ran.exit, Exit::failed);
    EXPECT_EQ(ran.err, "relaypermit: `" + in + "` is there and is no cdb file: remove it first\n");
    EXPECT_EQ(folder.read("senders.txt"), "a@example.com x\n");
}

TEST(TableCommand, SaysWhatItCannotDo) {
    const ScratchDirectory folder;
    const std::string in = folder.file("senders.txt");
    EXPECT_EQ(build(in, folder.file("x.cdb")).err, "relaypermit: `" + in + "` is missing\n");
    folder.write("senders.txt", "a@example.com x\n");
    EXPECT_EQ(
        build(in, folder.file("no/x.cdb")).err,
        "relaypermit: cannot write `" + folder.file("no/x.cdb") + "`: No such file or directory\n");
    EXPECT_EQ(run_relaypermit({"table"}).err, "relaypermit: table needs an ACTION: build\n");
    EXPECT_EQ(run_relaypermit({"table", "list"}).err,
              "relaypermit: `list` is no action: build is\n");
    EXPECT_EQ(run_relaypermit({"table", "build", "--in", in}).err,
              "relaypermit: build needs --in and --out\n");
}

}  // namespace
}  // namespace relaypermit
