// A server plays the policy: pages come from `POST /v1/rank` of a running `kaskad serve --ranker`
// (docs/http.md), which is told what every ranker is told: the user, the user's newest actions, the
// candidates in the order of their token match. It is never told the truth.
#pragma once

#include <memory>
#include <string>

#include "kaskad/sim/policy.h"

namespace kaskad::sim {

struct RemoteOptions {
  bool allow_remote = false;  // without, only addresses of this machine
  bool send_query = true;     // "query": the string that was typed
  uint32_t history = 100;     // newest actions of the user that are sent
  uint32_t timeout_ms = 10'000;
};

// Throws Error on a bad address, and on one of another machine that is not allowed.
void check_loopback(const std::string& url, const RemoteOptions& options);

// Throws Error on a bad address, or on one of another machine that is not allowed. rank() throws
// Error naming the address when the answer is not what it must be.
std::unique_ptr<RankingPolicy> make_remote_policy(const std::string& url, const Marketplace& market,
                                                  const RemoteOptions& options);

}  // namespace kaskad::sim
