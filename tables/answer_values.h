// The values of one answer as a server sends them, so that no answer fills the memory: what is more
// than is taken is a fault, not a cut, since a sender that is missing would be a wrong "no".
// As connector.h, a part of modules. One thread at a time.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tables/connector.h"

namespace relaypermit {

class AnswerValues {
  public:
    static constexpr std::size_t max_rows = 10'000;
    static constexpr std::size_t max_bytes = std::size_t{1} << 20U;

    // A fault of the query where there are too many, or too much.
    [[nodiscard]] ConnectorResult<void> add(std::string_view value) {
        if (auto counted = add_row(); !counted) return counted;
        if (value.size() > max_bytes - bytes_) return too_large();
        bytes_ += value.size();
        values_.emplace_back(value);
        return {};
    }

    // One that holds no value, which is not kept.
    [[nodiscard]] ConnectorResult<void> add_row() {
        if (rows_ < max_rows) {
            ++rows_;
            return {};
        }
        return too_many();
    }

    [[nodiscard]] std::vector<std::string> take() { return std::move(values_); }

    [[nodiscard]] static tl::unexpected<ConnectorFault> too_many() {
        return fault(ConnectorFault::Of::query, "more than " + std::to_string(max_rows) + " rows");
    }
    [[nodiscard]] static tl::unexpected<ConnectorFault> too_large() {
        return fault(ConnectorFault::Of::query, "an answer of more than 1 MiB");
    }

  private:
    std::vector<std::string> values_{};
    std::size_t rows_{};
    std::size_t bytes_{};
};

}  // namespace relaypermit
