// XML from anybody as a list of its elements. The only door to expat. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace relaypermit {

struct XmlElement {
    std::size_t depth{};  // 0: the outermost
    std::string name{};   // without its namespace: clients and servers differ
    std::string type{};   // its attribute `type`
    std::string text{};   // its own, as it stands
};

// In the order in which they begin. The error says what is wrong, as a part of a sentence: no XML,
// or a DOCTYPE, since nobody needs entities here.
[[nodiscard]] tl::expected<std::vector<XmlElement>, std::string> xml_elements(std::string_view xml);

// The version in use, for --version.
[[nodiscard]] std::string expat_version();

}  // namespace relaypermit
