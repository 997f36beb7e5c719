#include "tool/guide/agents.h"

#include <cstddef>
#include <map>

namespace relaypermit {

std::string_view program_of_agent(const std::vector<GuideProgram>& programs,
                                  std::string_view agent) {
    std::string_view found;
    std::size_t longest = 0;
    for (const GuideProgram& program : programs) {
        for (const std::string& part : program.agents) {
            if (part.size() <= longest || agent.find(part) == std::string_view::npos) continue;
            longest = part.size();
            found = program.id;
        }
    }
    return found;
}

std::optional<std::string> agent_of_two(const std::vector<GuideProgram>& programs) {
    std::map<std::string_view, std::string_view> owners;
    for (const GuideProgram& program : programs) {
        for (const std::string& part : program.agents) {
            const auto [known, is_new] = owners.emplace(part, program.id);
            if (!is_new)
                return "the agent `" + part + "` is claimed by " + std::string(known->second) +
                       " and " + program.id;
        }
    }
    return std::nullopt;
}

}  // namespace relaypermit
