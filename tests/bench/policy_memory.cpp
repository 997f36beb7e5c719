// policy_memory POLICY: loads a policy and says as JSON what it holds: rules, bytes of them on the
// heap and seconds to load. tests/bench/rules runs it.
#include <malloc.h>

#include <chrono>
#include <cstdio>

#include "config/load.h"

namespace {

std::size_t live_bytes() {
    const struct mallinfo2 info = ::mallinfo2();
    return info.uordblks + info.hblkhd;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("usage: policy_memory POLICY\n", stderr);
        return 64;
    }
    const std::size_t before = live_bytes();
    const auto began = std::chrono::steady_clock::now();
    const relaypermit::Loaded loaded = relaypermit::load_policy(argv[1], "mail.example.com");
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    if (!loaded.policy) {
        std::fprintf(stderr, "%s\n", to_string(loaded.errors.front()).c_str());
        return 1;
    }
    const auto& source = loaded.policy->source();
    std::printf("{\"rules\": %zu, \"live_bytes\": %zu, \"load_s\": %.3f}\n",
                source.grants.size() + source.restrictions.size(), live_bytes() - before,
                took.count());
    return 0;
}
