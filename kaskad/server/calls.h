// What can be asked of a server, whatever the request came over: the routes of HTTP (service.cc)
// and the methods of gRPC (kaskad/grpc) read a request, call one of these, and give the answer
// their form. Thread-safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/server/answer_context.h"
#include "kaskad/server/rank_request.h"
#include "kaskad/server/recommend_request.h"
#include "kaskad/server/refusal.h"
#include "kaskad/server/served_versions.h"

namespace kaskad {

// "no WHAT is served here; `kaskad serve` takes one as OPTION", status 404.
Refusal nothing_served(const char* what, const char* option);

// Nothing is written into `out` where there is a refusal.
class Calls {
 public:
  // `live` may be null: no events are taken. `token`: what changing something needs, or empty.
  Calls(const ServedVersions& versions, Metrics& metrics, ArmGuard& guard, LiveState* live,
        std::string token);

  // A cascade answers where one is served; without one, a retriever recommends.
  MaybeRefusal ask(RecommendKind kind, const Parsed<RecommendRequest>& request, AnswerWriter& out);
  MaybeRefusal rank(const Parsed<GivenList>& list, AnswerWriter& out);

  // `authorization` as a client says it: "Bearer TOKEN".
  MaybeRefusal authorize(std::string_view authorization) const;
  // The next two: whoever calls them has authorized the client.
  MaybeRefusal append_events(Parsed<std::vector<LiveEvent>> events, AnswerWriter& out);
  MaybeRefusal erase_user(const std::string& user_id, AnswerWriter& out);

  std::shared_ptr<const Served> served() const { return versions_.now(); }
  // `served` is told of what is shown; null: nobody is.
  AnswerContext context(const Served* served = nullptr) const {
    return {.metrics = metrics_, .served = served, .live = live_, .guard = &guard_};
  }

 private:
  const ServedVersions& versions_;
  Metrics& metrics_;
  ArmGuard& guard_;
  LiveState* const live_;
  const std::string token_;
};

}  // namespace kaskad
