#include "tables/secret_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "tests/support/scratch_directory.h"

namespace relaypermit::testing {
namespace {

class SecretFile : public ::testing::Test {
  protected:
    // Its error, with the path as FILE.
    std::string error_of(std::string_view text, unsigned mode = 0600) {
        const std::string path = directory_.write("secret", text);
        EXPECT_EQ(::chmod(path.c_str(), mode), 0);
        const auto read = read_secret(path);
        return read ? "none" : read.error().substr(read.error().find("`: ") + 3);
    }
    ScratchDirectory directory_{};
};

TEST_F(SecretFile, IsReadWithoutItsLineBreak) {
    const std::string path = directory_.write("secret", "pass word \n");
    ASSERT_EQ(::chmod(path.c_str(), 0640), 0);
    EXPECT_EQ(read_secret(path), "pass word ");
}

TEST_F(SecretFile, IsRefusedWhereOthersCanReadIt) {
    for (const unsigned mode : {0604U, 0602U, 0644U})
        EXPECT_EQ(error_of("hunter2", mode),
                  "others may read or change it (chmod o= takes that away)");
}

TEST_F(SecretFile, SaysWhatIsWrongAndNothingOfTheContents) {
    EXPECT_EQ(error_of(""), "empty");
    EXPECT_EQ(error_of("\n"), "empty");
    EXPECT_EQ(error_of("hunter2\nmore\n"), "more than one line");
    EXPECT_EQ(error_of(std::string_view("hun\0ter", 7)), "more than one line");
    EXPECT_EQ(error_of(std::string(5000, 'x')), "larger than a password");
    EXPECT_EQ(read_secret(directory_.path()).error(),
              "password_file `" + directory_.path().string() + "`: not a regular file");
    EXPECT_EQ(read_secret("/nonexistent/file").error(),
              "password_file `/nonexistent/file`: No such file or directory");
}

TEST_F(SecretFile, MayBeACredentialOfSystemd) {
    ::unsetenv("CREDENTIALS_DIRECTORY");
    EXPECT_EQ(read_secret("credential:db").error(),
              "password_file `credential:db`: systemd gave this process no credentials "
              "(LoadCredential=)");
    ASSERT_EQ(::chmod(directory_.write("db", "hunter2").c_str(), 0400), 0);
    ::setenv("CREDENTIALS_DIRECTORY", directory_.path().c_str(), 1);
    EXPECT_EQ(read_secret("credential:db"), "hunter2");
    ::unsetenv("CREDENTIALS_DIRECTORY");
}

}  // namespace
}  // namespace relaypermit::testing
