#include "config/control_address.h"

#include "config/socket_address.h"

namespace relaypermit {

std::string numbered_control_path(const std::string& path, int number) {
    return number == 1 ? path : path + "." + std::to_string(number);
}

std::string unix_path_of(const std::string& address) {
    const auto parsed = parse_socket_address(address);
    if (!parsed) return {};
    const auto* found = std::get_if<UnixAddress>(&*parsed);
    return found == nullptr ? std::string() : found->path;
}

std::vector<std::string> control_paths(const ListenSettings& listen) {
    const std::string& control = listen[Protocol::control];
    if (control.empty()) return {};
    std::vector<std::string> paths;
    const auto add = [&](std::string path) {
        // A path that is too long for a unix socket is none.
        if (!unix_path_of(numbered_control_path(path, most_daemons_of_a_path)).empty())
            paths.push_back(std::move(path));
    };
    add(unix_path_of(control));
    if (control != info_of(Protocol::control).usual) return paths;
    for (const ProtocolInfo& row : protocols) {
        if (!row.of_mail_servers) continue;
        if (const std::string path = unix_path_of(listen[row.protocol]); !path.empty())
            add(path + ".control");
    }
    return paths;
}

}  // namespace relaypermit
