// Pages of templates: pages/*.mustache, built into the tool. The template engine, which escapes
// what is filled in, stays behind this. Any thread.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace relaypermit {

// pages/NAME.mustache with `data`. Partials, {{>_name}}, are the templates with a _ before their
// name. A name that a section
// does not have is looked for around it, so data say false where they mean it. The error says what
// is wrong with the template.
[[nodiscard]] tl::expected<std::string, std::string> render_page(std::string_view name,
                                                                 const nlohmann::json& data);

}  // namespace relaypermit
