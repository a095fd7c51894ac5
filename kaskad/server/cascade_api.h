// The answers of a cascade: from the body of a request to JSON. Called by service.cc; knows no
// sockets and no paths.
#pragma once

#include <string_view>

#include "kaskad/cascade/cascade.h"
#include "kaskad/server/answer_context.h"
#include "kaskad/server/http.h"
#include "kaskad/server/recommend_request.h"
#include "kaskad/server/served.h"

namespace kaskad {

// POST /v1/recommend, /v1/search or /v1/explain; `served` has a cascade. A user of an experiment is
// answered by the arms' cascade.
HttpResponse ask_cascade(const Served& served, RecommendKind kind, std::string_view body,
                         AnswerContext context);

}  // namespace kaskad
