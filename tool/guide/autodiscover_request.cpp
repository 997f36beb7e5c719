#include "tool/guide/autodiscover_request.h"

#include <expat.h>

#include <memory>
#include <type_traits>
#include <vector>

#include "policy/ascii.h"

namespace relaypermit {
namespace {

// Between namespace and name, as expat hands them over: no character of either.
constexpr char separator = '\n';

struct Reading {
    XML_Parser parser{};
    std::vector<std::string> path{};  // names of the open elements, without namespaces
    std::string address{};
    std::string schema{};
    std::size_t addresses{};
    std::string fault{};

    [[nodiscard]] bool is_in(std::string_view name) const {
        return path.size() == 3 && path[0] == "Autodiscover" && path[1] == "Request" &&
               path[2] == name;
    }
};

Reading& reading_of(void* data) {
    return *static_cast<Reading*>(data);
}

void XMLCALL begin_element(void* data, const XML_Char* name, const XML_Char** /*attributes*/) {
    Reading& reading = reading_of(data);
    const std::string_view whole(name);
    const std::size_t at = whole.rfind(separator);
    reading.path.emplace_back(at == std::string_view::npos ? whole : whole.substr(at + 1));
    if (reading.is_in("EMailAddress")) ++reading.addresses;
}

void XMLCALL end_element(void* data, const XML_Char* /*name*/) {
    reading_of(data).path.pop_back();
}

void XMLCALL take_text(void* data, const XML_Char* text, int size) {
    Reading& reading = reading_of(data);
    const std::string_view piece(text, static_cast<std::size_t>(size));
    if (reading.is_in("EMailAddress")) reading.address += piece;
    if (reading.is_in("AcceptableResponseSchema")) reading.schema += piece;
}

void XMLCALL refuse_doctype(void* data, const XML_Char* /*name*/, const XML_Char* /*system*/,
                            const XML_Char* /*public_id*/, int /*has_subset*/) {
    Reading& reading = reading_of(data);
    reading.fault = "has a DOCTYPE";
    XML_StopParser(reading.parser, XML_FALSE);
}

constexpr std::string_view blanks = " \t\r\n";

}  // namespace

tl::expected<AutodiscoverRequest, std::string> read_autodiscover_request(std::string_view xml) {
    if (xml.size() > max_autodiscover_bytes) return tl::unexpected(std::string("is too long"));
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
    if (!reading.fault.empty()) return tl::unexpected(reading.fault);
    if (status != XML_STATUS_OK) return tl::unexpected(std::string("is not XML"));
    if (reading.addresses > 1) return tl::unexpected(std::string("has more than one EMailAddress"));
    AutodiscoverRequest request{std::string(trimmed(reading.address, blanks)),
                                std::string(trimmed(reading.schema, blanks))};
    if (request.address.empty()) return tl::unexpected(std::string("has no EMailAddress"));
    return request;
}

std::string expat_version() {
    const XML_Expat_Version version = ::XML_ExpatVersionInfo();
    return std::to_string(version.major) + "." + std::to_string(version.minor) + "." +
           std::to_string(version.micro);
}

}  // namespace relaypermit
