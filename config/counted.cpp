#include "config/counted.h"

namespace relaypermit {

std::string with_commas(std::uint64_t number) {
    std::string text = std::to_string(number);
    for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, ",");
    return text;
}

std::string counted(std::uint64_t number, std::string_view one, std::string_view many) {
    std::string text = with_commas(number) + " ";
    if (number == 1) return text += one;
    return many.empty() ? text.append(one).append("s") : text.append(many);
}

}  // namespace relaypermit
