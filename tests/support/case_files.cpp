#include "tests/support/case_files.h"

#include <algorithm>
#include <utility>

#include "tests/support/source_directory.h"

namespace relaypermit {

std::vector<std::filesystem::path> case_files() {
    std::vector<std::filesystem::path> files;
    for (const auto& entry :
         std::filesystem::directory_iterator(testing::source_directory() / "tests" / "cases")) {
        if (entry.path().extension() == ".toml") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

std::vector<CaseRun> case_runs() {
    std::vector<CaseRun> runs;
    for (const auto& file : case_files()) {
        Loaded loaded = load_policy(file, "host.example");
        for (TestCase& test : loaded.tests)
            if (loaded.policy) runs.push_back({file.stem(), loaded.policy, std::move(test)});
    }
    return runs;
}

std::string case_name(const CaseRun& run) {
    return run.file + "_line_" + std::to_string(run.test.place.line);
}

}  // namespace relaypermit
