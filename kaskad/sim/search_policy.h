// A running cascade plays the policy as it would for a site: pages come from `POST /v1/search`, and
// what users do with them goes to `POST /v1/events`, so that the next page knows of it
// (docs/events.md). The server is told who searches for what, and never the truth.
#pragma once

#include <memory>
#include <string>

#include "kaskad/sim/remote_policy.h"

namespace kaskad::sim {

// Each page has a request_id, "s" of the world's seed, visit and page, which its events repeat.
// What happened in the days of the log is not sent: the server's models know it. Items that the
// server lists but that do not live at the time are left out, as a site would. Throws Error as
// make_remote_policy() does, and where the server takes no events, or not these.
std::unique_ptr<RankingPolicy> make_search_policy(const std::string& url, const Marketplace& market,
                                                  const RemoteOptions& options);

}  // namespace kaskad::sim
