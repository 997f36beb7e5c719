#include "tool/guide/xml_text.h"

#include <cstddef>

namespace relaypermit {

std::string fit_for_xml(std::string_view text) {
    std::string fit;
    for (std::size_t at = 0; at < text.size();) {
        const std::string_view here = text.substr(at, 3);
        if (here == "\xef\xbf\xbe" || here == "\xef\xbf\xbf") {
            fit += "\xef\xbf\xbd";
            at += 3;
        } else {
            fit += text[at++];
        }
    }
    return fit;
}

}  // namespace relaypermit
