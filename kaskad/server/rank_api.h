// The answer to a list of candidates: from a parsed request and a ranker to JSON. Called by
// service.cc; knows no sockets and no paths.
#pragma once

#include <string_view>

#include "kaskad/server/answer_context.h"
#include "kaskad/server/http.h"
#include "kaskad/server/served.h"

namespace kaskad {

// POST /v1/rank; `served` has a ranker.
HttpResponse rank(const Served& served, std::string_view body, const AnswerContext& context);

}  // namespace kaskad
