// The policy of a daemon that listens in a scratch directory. For the main thread.
#pragma once

#include <string>

#include "tests/support/scratch_tool.h"

namespace relaypermit {

inline std::string policy_of(const ScratchTool& tool) {
    return "relay.hosted_domains = [\"example.com\"]\nlogin.default_realm = \"example.com\"\n"
           "listen.milter = \"unix:" +
           tool.path("milter.sock") + "\"\nlisten.control = \"unix:" + tool.path("control.sock") +
           "\"\n";
}

}  // namespace relaypermit
