#include "tests/support/sasl_directory.h"

#include <gtest/gtest.h>
#include <stdio.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace relaypermit::testing {

SaslDirectory& SaslDirectory::instance() {
    static SaslDirectory directory;
    return directory;
}

SaslDirectory::SaslDirectory() {
    std::string name =
        (std::filesystem::temp_directory_path() / "relaypermit-sasl-XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error("mkdtemp");
    path_ = name;
    // saslauthd would crash libsasl2 here, were it not overridden.
    std::ofstream(path_ + "/relaypermit.conf") << "pwcheck_method: saslauthd\n"
                                               << "auxprop_plugin: sasldb\n"
                                               << "sasldb_path: " << database() << "\n";
    set_password("somebody", "example.com", "secret");
}

SaslDirectory::~SaslDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

void SaslDirectory::set_password(const std::string& user, const std::string& realm,
                                 const std::string& password) {
    const std::string command = "saslpasswd2 -p -c -f " + database() + " -u " + realm + " " + user;
    FILE* pipe = popen(command.c_str(), "w");
    ASSERT_NE(pipe, nullptr);
    fputs(password.c_str(), pipe);
    ASSERT_EQ(pclose(pipe), 0) << command;
}

void SaslDirectory::hide_database() {
    std::filesystem::rename(database(), database() + ".hidden");
}

void SaslDirectory::restore_database() {
    std::filesystem::rename(database() + ".hidden", database());
}

}  // namespace relaypermit::testing
