#include "tool/guide/xml_elements.h"

#include <expat.h>

#include <limits>
#include <memory>
#include <type_traits>

namespace relaypermit {
namespace {

// Between namespace and name, as expat hands them over: no character of either.
constexpr char separator = '\n';

struct Reading {
    XML_Parser parser{};
    std::vector<XmlElement> elements{};
    std::vector<std::size_t> open{};  // places in `elements`
    bool has_doctype{};
};

Reading& reading_of(void* data) {
    return *static_cast<Reading*>(data);
}

void XMLCALL begin_element(void* data, const XML_Char* name, const XML_Char** attributes) {
    Reading& reading = reading_of(data);
    const std::string_view whole(name);
    const std::size_t at = whole.rfind(separator);
    XmlElement element;
    element.depth = reading.open.size();
    element.name = at == std::string_view::npos ? whole : whole.substr(at + 1);
    for (; *attributes != nullptr; attributes += 2)
        if (std::string_view(*attributes) == "type") element.type = attributes[1];
    reading.open.push_back(reading.elements.size());
    reading.elements.push_back(std::move(element));
}

void XMLCALL end_element(void* data, const XML_Char* /*name*/) {
    reading_of(data).open.pop_back();
}

void XMLCALL take_text(void* data, const XML_Char* text, int size) {
    Reading& reading = reading_of(data);
    if (!reading.open.empty())
        reading.elements[reading.open.back()].text.append(text, static_cast<std::size_t>(size));
}

void XMLCALL refuse_doctype(void* data, const XML_Char* /*name*/, const XML_Char* /*system*/,
                            const XML_Char* /*public_id*/, int /*has_subset*/) {
    Reading& reading = reading_of(data);
    reading.has_doctype = true;
    XML_StopParser(reading.parser, XML_FALSE);
}

}  // namespace

tl::expected<std::vector<XmlElement>, std::string> xml_elements(std::string_view xml) {
    if (xml.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
        return tl::unexpected(std::string("is too long"));
    const std::unique_ptr<std::remove_pointer_t<XML_Parser>, decltype(&XML_ParserFree)> parser(
        XML_ParserCreateNS(nullptr, separator), &XML_ParserFree);
    if (!parser) return tl::unexpected(std::string("cannot be read for want of memory"));
    Reading reading;
    reading.parser = parser.get();
    XML_SetUserData(parser.get(), &reading);
    XML_SetElementHandler(parser.get(), begin_element, end_element);
    XML_SetCharacterDataHandler(parser.get(), take_text);
    XML_SetStartDoctypeDeclHandler(parser.get(), refuse_doctype);
    const XML_Status status =
        XML_Parse(parser.get(), xml.data(), static_cast<int>(xml.size()), XML_TRUE);
    if (reading.has_doctype) return tl::unexpected(std::string("has a DOCTYPE"));
    if (status != XML_STATUS_OK) return tl::unexpected(std::string("is not XML"));
    return std::move(reading.elements);
}

std::string expat_version() {
    const XML_Expat_Version version = ::XML_ExpatVersionInfo();
    return std::to_string(version.major) + "." + std::to_string(version.minor) + "." +
           std::to_string(version.micro);
}

}  // namespace relaypermit
