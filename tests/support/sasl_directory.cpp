#include "tests/support/sasl_directory.h"

#include <gtest/gtest.h>
#include <stdio.h>

#include <filesystem>
#include <fstream>

namespace relaypermit::testing {

SaslDirectory& SaslDirectory::instance() {
    static SaslDirectory directory;
    return directory;
}

SaslDirectory::SaslDirectory() {
    // saslauthd would crash libsasl2 here, were it not overridden.
    std::ofstream(path_ + "/relaypermit.conf") << "pwcheck_method: saslauthd\n"
                                               << "auxprop_plugin: sasldb\n"
                                               << "sasldb_path: " << database() << "\n";
    set_password("somebody", "example.com", "secret");
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
