// The answers of a cascade: from the body of a request to JSON. Called by service.cc; knows no
// sockets and no paths.
#pragma once

#include <string_view>

#include "kaskad/cascade/cascade.h"
#include "kaskad/server/answer_context.h"
#include "kaskad/server/http.h"
#include "kaskad/server/recommend_request.h"

namespace kaskad {

// POST /v1/recommend, /v1/search or /v1/explain.
HttpResponse ask_cascade(const Cascade& cascade, RecommendKind kind, std::string_view body,
                         const AnswerContext& context);

}  // namespace kaskad
