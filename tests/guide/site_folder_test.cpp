// A guide is swapped in whole, and takes no folder that is not its own.
#include "tool/guide/site_folder.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/scratch_tool.h"

namespace relaypermit {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

class GuideFolder : public ::testing::Test {
  protected:
    ScratchDirectory scratch_{};
    fs::path folder_{scratch_.path() / "help"};

    [[nodiscard]] std::size_t names_beside() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(folder_.parent_path()), {}));
    }
};

TEST_F(GuideFolder, IsWrittenWithTheFoldersInIt) {
    ASSERT_TRUE(replace_folder(folder_, {{"index.html", "one"}, {"de/index.html", "eins"}}));
    EXPECT_EQ(text_of(folder_ / "de" / "index.html"), "eins");
    struct stat status {};
    ASSERT_EQ(::stat((folder_ / "de").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0755U);
    ASSERT_EQ(::stat((folder_ / "index.html").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0644U);
    EXPECT_EQ(names_beside(), 1U);
}

TEST_F(GuideFolder, IsReplacedWhole) {
    ASSERT_TRUE(replace_folder(folder_, {{"index.html", "one"}, {"old.html", "old"}}));
    ASSERT_TRUE(replace_folder(folder_ / "", {{"index.html", "two"}}));
    EXPECT_EQ(text_of(folder_ / "index.html"), "two");
    EXPECT_FALSE(fs::exists(folder_ / "old.html"));
    EXPECT_EQ(names_beside(), 1U);
}

TEST_F(GuideFolder, StandsAsBeforeWhereTheNewOneCannotBeWritten) {
    ASSERT_TRUE(replace_folder(folder_, {{"index.html", "one"}}));
    // "a" cannot be a file and a folder.
    EXPECT_FALSE(replace_folder(folder_, {{"a", "file"}, {"a/b", "file"}}));
    EXPECT_EQ(text_of(folder_ / "index.html"), "one");
    EXPECT_EQ(names_beside(), 1U);
}

// What a run leaves that is stopped while it writes.
void leave_draft(const fs::path& draft, std::string_view marker) {
    fs::create_directory(draft);
    if (!marker.empty()) std::ofstream(draft / "guide.json") << marker;
    std::ofstream(draft / "index.html") << "half";
}

constexpr std::string_view marker_of_ours = "{\"made_by\": \"relaypermit guide\"}";

TEST_F(GuideFolder, IsRidOfWhatStoppedRunsHaveLeft) {
    leave_draft(scratch_.path() / ".help.new.abc123", marker_of_ours);
    leave_draft(scratch_.path() / ".help.new.abc123.old", marker_of_ours);
    fs::create_directory(scratch_.path() / ".help.new.Zz0000");
    const auto left = replace_folder(folder_, {{"index.html", "one"}});
    ASSERT_TRUE(left.has_value()) << left.error();
    EXPECT_TRUE(left->empty());
    EXPECT_EQ(names_beside(), 1U);
}

TEST_F(GuideFolder, LeavesWhatOthersHaveBesideIt) {
    leave_draft(scratch_.path() / ".help.new.abc123", "");
    leave_draft(scratch_.path() / ".help.new.abc124", "{\"made_by\": \"somebody\"}");
    leave_draft(scratch_.path() / ".help.new.longer0", marker_of_ours);
    leave_draft(scratch_.path() / ".other.new.abc123", marker_of_ours);
    fs::create_directory(scratch_.path() / "elsewhere");
    fs::create_directory_symlink(scratch_.path() / "elsewhere",
                                 scratch_.path() / ".help.new.abc125");
    ASSERT_TRUE(replace_folder(folder_, {{"index.html", "one"}}));
    EXPECT_EQ(names_beside(), 7U);
}

TEST_F(GuideFolder, SaysWhatCannotBeRemoved) {
    constexpr uid_t nobody = 65534;
    const fs::path stuck = scratch_.path() / ".help.new.abc123";
    leave_draft(stuck, marker_of_ours);
    fs::create_directory(stuck / "de");
    std::ofstream(stuck / "de" / "index.html") << "halb";
    const bool root = ::geteuid() == 0;
    if (root)
        for (const fs::path& path : {scratch_.path(), stuck, stuck / "de"})
            ASSERT_EQ(::chown(path.c_str(), nobody, nobody), 0);
    fs::permissions(stuck / "de", fs::perms::owner_read | fs::perms::owner_exec);
    if (root) ASSERT_EQ(::seteuid(nobody), 0);
    const auto left = replace_folder(folder_, {{"index.html", "one"}});
    if (root) ASSERT_EQ(::seteuid(0), 0);
    fs::permissions(stuck / "de", fs::perms::owner_all);
    ASSERT_TRUE(left.has_value()) << left.error();
    EXPECT_EQ(*left, (std::vector<std::string>{stuck.string() + ": Permission denied"}));
    EXPECT_EQ(text_of(folder_ / "index.html"), "one");
    EXPECT_TRUE(fs::exists(stuck / "guide.json")) << "the next run must know it";
}

TEST_F(GuideFolder, KeepsOwnerAndModeOfTheOneThatIsThere) {
    fs::create_directory(folder_);
    ASSERT_EQ(::chmod(folder_.c_str(), 02750), 0);
    const bool root = ::geteuid() == 0;
    if (root) ASSERT_EQ(::chown(folder_.c_str(), 33, 33), 0);
    ASSERT_EQ(::chmod(folder_.c_str(), 02750), 0);
    for (const std::string text : {"one", "two"}) {
        ASSERT_TRUE(replace_folder(folder_, {{"index.html", text}}));
        struct stat status {};
        ASSERT_EQ(::stat(folder_.c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 07777U, 02750U);
        EXPECT_EQ(status.st_uid, root ? 33U : ::geteuid());
    }
}

TEST_F(GuideFolder, StandsAsBeforeWhereTheDiskIsFull) {
    ASSERT_TRUE(replace_folder(folder_, {{"index.html", "one"}}));
    struct rlimit before {};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit full {
        4096, before.rlim_max
    };
    auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &full), 0);
    const auto left =
        replace_folder(folder_, {{"a.html", "a"}, {"index.html", std::string(10000, 'x')}});
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    (void)std::signal(SIGXFSZ, handler);
    ASSERT_FALSE(left.has_value());
    EXPECT_EQ(left.error(), "File too large");
    EXPECT_EQ(text_of(folder_ / "index.html"), "one");
    EXPECT_EQ(names_beside(), 1U);
}

TEST_F(GuideFolder, IsNoMountPoint) {
    for (const fs::path mounted : {"/proc", "/proc/", "/"}) {
        const auto owner = owner_of(mounted);
        ASSERT_FALSE(owner.has_value()) << mounted;
        EXPECT_EQ(owner.error(), "is a mount point, which cannot be swapped: name a folder in it");
    }
}

TEST_F(GuideFolder, IsWrittenByOneRunAtATime) {
    const int other = ::open(scratch_.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ASSERT_GE(other, 0);
    ASSERT_EQ(::flock(other, LOCK_EX), 0);
    const auto left = replace_folder(folder_, {{"index.html", "one"}});
    ASSERT_FALSE(left.has_value());
    EXPECT_EQ(left.error(), "another process has locked the folder around it");
    EXPECT_EQ(names_beside(), 0U);
    ::close(other);
}

TEST_F(GuideFolder, IsOursByItsMarkerAlone) {
    EXPECT_EQ(owner_of(folder_).value(), FolderOwner::nobody);
    fs::create_directory(folder_);
    EXPECT_EQ(owner_of(folder_).value(), FolderOwner::empty);
    std::ofstream(folder_ / "guide.json") << "{\"made_by\": \"somebody\"}";
    EXPECT_EQ(owner_of(folder_).value(), FolderOwner::another);
    std::ofstream(folder_ / "guide.json") << "{\"made_by\": \"relaypermit guide\"}";
    EXPECT_EQ(owner_of(folder_).value(), FolderOwner::ours);
    std::ofstream(folder_ / "guide.json") << "{";
    EXPECT_EQ(owner_of(folder_).value(), FolderOwner::another);
}

TEST_F(GuideFolder, IsNoFileAndNoLink) {
    std::ofstream(folder_) << "x";
    EXPECT_FALSE(owner_of(folder_).has_value());
    fs::remove(folder_);
    fs::create_directory_symlink("/tmp", folder_);
    EXPECT_FALSE(owner_of(folder_).has_value());
    EXPECT_FALSE(owner_of(folder_ / "").has_value()) << "not behind its name with a slash either";
}

TEST(GuideCommand, LeavesAFolderOfOthersAlone) {
    ScratchTool tool;
    tool.write("policy.toml", "[relay]\nhosted_domains = [\"hoster.test\"]\n");
    const fs::path out = tool.path("help");
    fs::create_directory(out);
    std::ofstream(out / "mine.html") << "mine";
    const auto run = [&](std::vector<std::string> more) {
        std::vector<std::string> arguments = {"guide", "--out", out};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return tool.run(arguments);
    };
    EXPECT_EQ(run({}), Exit::failed);
    EXPECT_EQ(text_of(out / "mine.html"), "mine");
    EXPECT_NE(tool.err().find("no guide of ours"), std::string::npos);
    EXPECT_EQ(run({"--force"}), Exit::failed) << "--force needs a guide of ours";
    EXPECT_EQ(text_of(out / "mine.html"), "mine");
    fs::remove(out / "mine.html");
    EXPECT_EQ(run({}), Exit::fine) << tool.err();
    EXPECT_EQ(run({}), Exit::fine) << tool.err();
}

TEST(GuideCommand, TakesNothingAwayThatItDidNotWrite) {
    ScratchTool tool;
    tool.write("policy.toml", "[relay]\nhosted_domains = [\"hoster.test\"]\n");
    const fs::path out = tool.path("help");
    ASSERT_EQ(tool.run({"guide", "--out", out}), Exit::fine) << tool.err();
    fs::create_directory(out / ".well-known");
    std::ofstream(out / ".well-known" / "acme") << "mine";
    EXPECT_EQ(tool.run({"guide", "--out", out}), Exit::failed);
    EXPECT_EQ(tool.err(), "relaypermit: " + out.string() +
                              " holds what is not of the guide and would go with it: "
                              ".well-known/acme (move it elsewhere, or let it go with --force)\n");
    EXPECT_EQ(text_of(out / ".well-known" / "acme"), "mine");
    EXPECT_EQ(tool.run({"guide", "--force", "--out", out}), Exit::fine) << tool.err();
    EXPECT_FALSE(fs::exists(out / ".well-known"));
}

// A web server does not start with an include of a file that is gone.
TEST(GuideCommand, NamesTheSetUpFilesThatThePolicyNoLongerGives) {
    ScratchTool tool;
    const std::string hosted = "[relay]\nhosted_domains = [\"hoster.test\"]\n";
    const std::string incoming = "[guide]\nincoming = [\"imaps://imap.hoster.test:993\"]\n";
    tool.write("policy.toml", hosted + incoming);
    ASSERT_EQ(tool.run({"guide", "--out", tool.path("guide")}), Exit::fine) << tool.err();
    EXPECT_EQ(tool.out().find("no longer has"), std::string::npos) << tool.out();
    tool.write("policy.toml", hosted + incoming + "user_name = \"your staff number\"\n");
    ASSERT_EQ(tool.run({"guide", "--out", tool.path("guide")}), Exit::fine) << tool.err();
    EXPECT_NE(tool.out().find("note: the guide no longer has setup/apache-clients.conf, "),
              std::string::npos)
        << tool.out();
    EXPECT_NE(tool.out().find("setup/nginx-clients.conf"), std::string::npos) << tool.out();
    ASSERT_EQ(tool.run({"guide", "--out", tool.path("guide")}), Exit::fine);
    EXPECT_EQ(tool.out().find("no longer has"), std::string::npos) << "they went the last time";
}

TEST(GuideCommand, SaysWhatItWroteAndWhatIsMissing) {
    ScratchTool tool;
    tool.write("policy.toml", "[relay]\nhosted_domains = [\"hoster.test\"]\n");
    EXPECT_EQ(tool.run({"guide"}), Exit::failed);
    EXPECT_EQ(tool.err(), "relaypermit: guide needs --out DIR, or a folder in [guide]\n");
    EXPECT_EQ(tool.run({"guide", "--out", tool.path("help")}), Exit::fine);
    EXPECT_NE(tool.out().find("begin with " + tool.path("help/index.html")), std::string::npos);
    EXPECT_NE(tool.out().find("[server] has no help_url"), std::string::npos);
    EXPECT_NE(tool.out().find("[guide] has no incoming server"), std::string::npos);
    EXPECT_EQ(tool.run({"guide", "--json", "--out", tool.path("help")}), Exit::fine);
    const auto json = nlohmann::json::parse(tool.out());
    EXPECT_NE(std::find(json["files"].begin(), json["files"].end(), "guide.json"),
              json["files"].end());
    EXPECT_EQ(json["notes"].size(), 2U);
}

}  // namespace
}  // namespace relaypermit
