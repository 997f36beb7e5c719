#include "tests/support/postmap.h"

#include <gtest/gtest.h>
#include <stdio.h>

#include <chrono>
#include <filesystem>

namespace relaypermit::testing {
namespace {

std::string in_quotes(std::string_view text) {
    std::string quoted = "'";
    for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quoted + "'";
}

// Postfix waits until what it reads as text is two seconds old.
void make_old(const std::string& file) {
    std::filesystem::last_write_time(
        file, std::filesystem::file_time_type::clock::now() - std::chrono::seconds(10));
}

// With a configuration of its own, which names where Debian has the modules for types.
std::string command(const ScratchDirectory& folder) {
    folder.write("postfix/main.cf",
                 "compatibility_level = 3.6\n"
                 "myhostname = mail.example.com\n"  // else it asks for its name
                 "inet_interfaces = 127.0.0.1\n");
    make_old(folder.file("postfix/main.cf"));
    std::error_code none;
    std::filesystem::copy_file("/etc/postfix/dynamicmaps.cf", folder.file("postfix/dynamicmaps.cf"),
                               std::filesystem::copy_options::overwrite_existing, none);
    std::filesystem::copy("/etc/postfix/dynamicmaps.cf.d", folder.file("postfix/dynamicmaps.cf.d"),
                          std::filesystem::copy_options::recursive |
                              std::filesystem::copy_options::overwrite_existing,
                          none);
    return "postmap -c " + in_quotes(folder.file("postfix"));
}

}  // namespace

std::string postmap(const ScratchDirectory& folder, std::string_view type, std::string_view name) {
    const std::string file = folder.file(name);
    const std::string made = file + "." + std::string(type);
    const std::string line =
        command(folder) + " " + in_quotes(std::string(type) + ":" + file) + " 2>/dev/null";
    FILE* const pipe = popen(line.c_str(), "r");
    EXPECT_NE(pipe, nullptr);
    if (pipe != nullptr) EXPECT_EQ(pclose(pipe), 0) << line;
    return made;
}

std::string postmap_answer(const ScratchDirectory& folder, std::string_view type,
                           std::string_view name, std::string_view key) {
    if (type == "texthash") make_old(folder.file(name));
    const std::string line = command(folder) + " -q " + in_quotes(key) + " " +
                             in_quotes(std::string(type) + ":" + folder.file(name)) +
                             " 2>/dev/null";
    FILE* const pipe = popen(line.c_str(), "r");
    EXPECT_NE(pipe, nullptr);
    std::string answer;
    if (pipe == nullptr) return answer;
    for (int c = 0; (c = fgetc(pipe)) != EOF;) answer += static_cast<char>(c);
    (void)pclose(pipe);
    if (!answer.empty()) answer.pop_back();
    return answer;
}

}  // namespace relaypermit::testing
