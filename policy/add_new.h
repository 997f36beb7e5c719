// Lists whose members stand in them once. Pure; any thread.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

namespace relaypermit {

// At the end, where it does not stand in the list yet.
template <typename T>
void add_new(std::vector<T>& list, T item) {
    if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(std::move(item));
}

}  // namespace relaypermit
