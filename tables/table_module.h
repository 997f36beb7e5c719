// What a module (open_module.h) shows: one symbol, `relaypermit_table_module`. Headers of the
// standard library and of config/ alone.
#pragma once

#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "config/settings.h"
#include "tables/connector.h"

namespace relaypermit {

using MadeConnector = tl::expected<std::unique_ptr<Connector>, std::string>;

struct TableModule {
    // PROJECT_VERSION, which has to be that of the program: what passes between the two are C++
    // objects, and an upgrade replaces the file below a program that runs.
    const char* version{};
    // `settings` is of the module's kind. Contacts nobody; the error says what is wrong with which
    // setting.
    MadeConnector (*make)(const TableSettings& settings){};
};

}  // namespace relaypermit

extern "C" [[gnu::visibility("default")]] const relaypermit::TableModule relaypermit_table_module;
