// The answers of a cascade. Called by calls.cc; knows no transport and no paths.
#pragma once

#include "kaskad/cascade/cascade.h"
#include "kaskad/server/answer_context.h"
#include "kaskad/server/recommend_request.h"
#include "kaskad/server/refusal.h"
#include "kaskad/server/served.h"

namespace kaskad {

// POST /v1/recommend, /v1/search or /v1/explain; `served` has a cascade, the request has been
// checked. A user of an experiment is answered by the arms' cascade.
MaybeRefusal ask_cascade(const Served& served, RecommendKind kind, const RecommendRequest& given,
                         AnswerContext context, AnswerWriter& out);

}  // namespace kaskad
