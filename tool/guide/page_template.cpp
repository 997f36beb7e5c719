#include "tool/guide/page_template.h"

#include <kainjow/mustache.hpp>

#include "tool/guide/data.h"

namespace relaypermit {
namespace {

namespace mustache = kainjow::mustache;

constexpr std::string_view folder = "pages/";
constexpr std::string_view ending = ".mustache";

mustache::data data_of(const nlohmann::json& json) {
    if (json.is_boolean()) return mustache::data(json.get<bool>());
    if (json.is_string()) return mustache::data(json.get<std::string>());
    if (json.is_array()) {
        mustache::data list(mustache::data::type::list);
        for (const nlohmann::json& item : json) list << data_of(item);
        return list;
    }
    if (json.is_object()) {
        mustache::data object(mustache::data::type::object);
        for (const auto& [key, value] : json.items()) object.set(key, data_of(value));
        return object;
    }
    return mustache::data(json.dump());
}

}  // namespace

tl::expected<std::string, std::string> render_page(std::string_view name,
                                                   const nlohmann::json& data) {
    mustache::data root = data_of(data);
    std::string text;
    for (const GuideFile& file : guide_files()) {
        if (!file.name.starts_with(folder) || !file.name.ends_with(ending)) continue;
        const std::string_view stem =
            file.name.substr(folder.size(), file.name.size() - folder.size() - ending.size());
        std::string body(file.text);
        if (stem == name) text = body;
        if (!stem.starts_with('_')) continue;
        // In the middle of a line a partial must not end it.
        if (body.ends_with('\n')) body.pop_back();
        root.set(std::string(stem), mustache::partial([body] { return body; }));
    }
    if (text.empty()) return tl::unexpected("there is no template " + std::string(name));
    mustache::mustache page(text);
    if (!page.is_valid()) return tl::unexpected(page.error_message());
    std::string out = page.render(root);
    if (!page.is_valid()) return tl::unexpected(page.error_message());
    return out;
}

}  // namespace relaypermit
