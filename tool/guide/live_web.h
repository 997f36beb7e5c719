// Whether web servers serve a guide where replies lead and where mail programs look, and as it
// would be written now. Asks them; blocks for a few questions each; one thread.
#pragma once

#include <string>
#include <vector>

#include "config/load.h"
#include "policy/facts.h"
#include "tool/guide/marker.h"
#include "tool/guide/probe.h"
#include "tool/guide/site.h"

namespace relaypermit {

// The page that [server] help_url names, and the anchors of the causes on it. Without a help_url
// no reply leads anywhere.
void check_help_page(const Prober& prober, const Loaded& now, std::vector<GuideFinding>& findings);

// config-v1.1.xml, Autodiscover and the profile of the domain. `files` are those that would be
// written now: what is not among them is not asked for. `today`: when a signed profile is to hold.
void check_web_setup(const Prober& prober, const Loaded& now, const SiteFiles& files,
                     const std::string& domain, TimePoint today,
                     std::vector<GuideFinding>& findings);

}  // namespace relaypermit
