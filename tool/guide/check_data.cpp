// Run by the build: says what is wrong with the data of help pages, and then fails.
#include <iostream>

#include "tool/guide/data.h"
#include "tool/guide/data_faults.h"

int main() {
    const auto faults = relaypermit::data_faults(relaypermit::guide_files());
    for (const std::string& fault : faults) std::cerr << "tool/guide/" << fault << "\n";
    return faults.empty() ? 0 : 1;
}
