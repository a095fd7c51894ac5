// The answers about items and users, from a request and a bundle. Called by calls.cc and
// service.cc; knows no transport and no paths.
#pragma once

#include <string_view>

#include "kaskad/server/answer_context.h"
#include "kaskad/server/metrics.h"
#include "kaskad/server/refusal.h"
#include "kaskad/server/served.h"

namespace kaskad {

inline constexpr size_t kMaxReasons = 10;  // of one recommended item

// POST /v1/recommend without a cascade; the request has been checked.
MaybeRefusal recommend(const ServedBundle& served, const RecommendRequest& request,
                       const AnswerContext& context, AnswerWriter& out);

// GET /v1/items/{id}/similar
MaybeRefusal similar_items(const ServedBundle& served, std::string_view id, size_t k,
                           Metrics& metrics, AnswerWriter& out);

// GET /v1/items?prefix=
void search_items(const ServedBundle& served, std::string_view prefix, size_t limit,
                  AnswerWriter& out);

// GET /v1/users/{id}: the stored history, and the events since.
MaybeRefusal show_user(const ServedBundle& served, const std::string& id,
                       const AnswerContext& context, AnswerWriter& out);

}  // namespace kaskad
