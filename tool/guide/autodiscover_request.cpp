#include "tool/guide/autodiscover_request.h"

#include <array>

#include "policy/ascii.h"
#include "tool/guide/xml_elements.h"

namespace relaypermit {
namespace {

constexpr std::string_view blanks = " \t\r\n";

}  // namespace

tl::expected<AutodiscoverRequest, std::string> read_autodiscover_request(std::string_view xml) {
    if (xml.size() > max_autodiscover_bytes) return tl::unexpected(std::string("is too long"));
    const auto elements = xml_elements(xml);
    if (!elements) return tl::unexpected(elements.error());
    AutodiscoverRequest request;
    std::array<std::string_view, 2> around;
    std::size_t addresses = 0;
    for (const XmlElement& element : *elements) {
        if (element.depth < around.size()) around[element.depth] = element.name;
        if (element.depth != around.size() || around[0] != "Autodiscover" || around[1] != "Request")
            continue;
        const std::string text(trimmed(element.text, blanks));
        if (element.name == "EMailAddress") {
            request.address = text;
            ++addresses;
        } else if (element.name == "AcceptableResponseSchema") {
            request.schema = text;
        }
    }
    if (addresses > 1) return tl::unexpected(std::string("has more than one EMailAddress"));
    if (request.address.empty()) return tl::unexpected(std::string("has no EMailAddress"));
    return request;
}

}  // namespace relaypermit
