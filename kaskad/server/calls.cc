#include "kaskad/server/calls.h"

#include <shared_mutex>
#include <utility>

#include "kaskad/server/cascade_api.h"
#include "kaskad/server/events_api.h"
#include "kaskad/server/rank_api.h"
#include "kaskad/server/recommend_api.h"
#include "kaskad/server/request_checks.h"

namespace kaskad {
namespace {

Refusal no_store() { return nothing_served("store of events", "--events"); }

// Takes as long for a token that is nearly right as for any of its length.
bool same_token(std::string_view given, std::string_view token) {
  if (given.size() != token.size()) return false;
  unsigned different = 0;
  for (size_t i = 0; i < token.size(); ++i) {
    different |= static_cast<unsigned char>(given[i] ^ token[i]);
  }
  return different == 0;
}

}  // namespace

Refusal nothing_served(const char* what, const char* option) {
  return {404,
          std::string("no ") + what + " is served here; `kaskad serve` takes one as " + option};
}

Calls::Calls(const ServedVersions& versions, Metrics& metrics, ArmGuard& guard, LiveState* live,
             std::string token)
    : versions_(versions),
      metrics_(metrics),
      guard_(guard),
      live_(live),
      token_(std::move(token)) {}

MaybeRefusal Calls::ask(RecommendKind kind, const Parsed<RecommendRequest>& parsed,
                        AnswerWriter& out) {
  const auto served = this->served();
  if (!served->cascade && kind != RecommendKind::kRecommend) {
    return nothing_served("cascade", "a file, cascade.toml");
  }
  if (!served->retriever) return nothing_served("retriever", "--bundle");
  if (const auto* bad = std::get_if<BadRequest>(&parsed)) return Refusal{400, bad->why};
  const auto& request = std::get<RecommendRequest>(parsed);
  if (const auto bad = check(request, kind)) return Refusal{400, bad->why};
  if (served->cascade) return ask_cascade(*served, kind, request, context(served.get()), out);
  return recommend(*served->retriever, request, context(served.get()), out);
}

MaybeRefusal Calls::rank(const Parsed<GivenList>& parsed, AnswerWriter& out) {
  const auto served = this->served();
  if (!served->ranker) return nothing_served("ranker", "--ranker");
  if (const auto* bad = std::get_if<BadRequest>(&parsed)) return Refusal{400, bad->why};
  const auto& list = std::get<GivenList>(parsed);
  if (const auto bad = check(list)) return Refusal{400, bad->why};
  return kaskad::rank(*served, list, context(served.get()), out);
}

MaybeRefusal Calls::authorize(std::string_view authorization) const {
  constexpr std::string_view kScheme = "Bearer ";
  if (token_.empty()) return std::nullopt;
  if (authorization.starts_with(kScheme) &&
      same_token(authorization.substr(kScheme.size()), token_)) {
    return std::nullopt;
  }
  return Refusal{401, "expected the header 'Authorization: Bearer' with the server's token"};
}

MaybeRefusal Calls::append_events(Parsed<std::vector<LiveEvent>> parsed, AnswerWriter& out) {
  if (!live_) return no_store();
  if (const auto* bad = std::get_if<BadRequest>(&parsed)) return Refusal{400, bad->why};
  auto& events = std::get<std::vector<LiveEvent>>(parsed);
  const std::shared_lock intake(live_->intake());
  return take_events(*live_, *served(), std::move(events), metrics_, out);
}

MaybeRefusal Calls::erase_user(const std::string& user_id, AnswerWriter& out) {
  if (!live_) return no_store();
  const std::shared_lock intake(live_->intake());
  return kaskad::erase_user(*live_, *served(), user_id, metrics_, out);
}

}  // namespace kaskad
