// What the refusals of a report have in common, in words: accounts that look stolen, logins that
// send as many others, web forms, and what was forgotten for many at once. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "record/json_writer.h"
#include "tool/inspect/report.h"

namespace relaypermit {

struct Finding {
    std::string name{};  // as it was recorded: not yet fit to print
    std::uint64_t refusals{};
    std::string seen{};  // fit to print
    std::string change{};
};

struct Findings {
    std::string_view title{};
    std::string_view remark{};
    bool alarm{};
    std::vector<Finding> all{};  // never empty
};

// The most alarming first; nothing where nothing was found.
[[nodiscard]] std::vector<Findings> findings_of(const Report& report);
// "suspects", "forms" and "realms": lists.
void findings_as_json(JsonWriter& json, const Report& report);

// The same of suggestions: what both say in JSON.
void suspects_as_json(JsonWriter& json, const std::vector<Suspect>& suspects);
void forms_as_json(JsonWriter& json, const std::vector<WebForm>& forms);

}  // namespace relaypermit
