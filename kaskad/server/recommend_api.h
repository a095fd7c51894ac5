// The answers about items and users: from a parsed request and a bundle to JSON. Called by
// service.cc; knows no sockets and no paths.
#pragma once

#include <string_view>

#include "kaskad/server/answer_context.h"
#include "kaskad/server/http.h"
#include "kaskad/server/metrics.h"
#include "kaskad/server/served.h"

namespace kaskad {

inline constexpr size_t kMaxReasons = 10;  // of one recommended item

// POST /v1/recommend
HttpResponse recommend(const ServedBundle& served, std::string_view body,
                       const AnswerContext& context);

// GET /v1/items/{id}/similar
HttpResponse similar_items(const ServedBundle& served, std::string_view id, size_t k,
                           Metrics& metrics);

// GET /v1/items?prefix=
HttpResponse search_items(const ServedBundle& served, std::string_view prefix, size_t limit);

// GET /v1/users/{id}: the stored history, and the events since.
HttpResponse show_user(const ServedBundle& served, const std::string& id,
                       const AnswerContext& context);

}  // namespace kaskad
