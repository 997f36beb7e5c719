#include "policy/login_patterns.h"

namespace relaypermit {

std::vector<LoginPatterns::Part>& LoginPatterns::parts() {
    if (LoginPattern* one = std::get_if<LoginPattern>(&logins_)) {
        Part part;
        part.written.push_back(std::move(*one));
        std::vector<Part> parts;
        parts.push_back(std::move(part));
        logins_ = Many(std::move(parts));
    }
    return std::get<Many>(logins_).edit();
}

void LoginPatterns::push_back(LoginPattern written) {
    const Many* many = std::get_if<Many>(&logins_);
    if (many != nullptr && (*many)->empty()) {
        logins_ = std::move(written);
        return;
    }
    auto& all = parts();
    if (all.back().group) all.emplace_back();
    all.back().written.push_back(std::move(written));
}

void LoginPatterns::add(Group group) {
    parts().push_back({std::move(group), {}});
}

std::size_t LoginPatterns::size() const {
    std::size_t size = 0;
    each_part([&](std::span<const LoginPattern> written) { size += written.size(); },
              [&](const Group& group) { size += group->members.size(); });
    return size;
}

}  // namespace relaypermit
