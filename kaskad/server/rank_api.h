// The answer to a list of candidates, of a ranker. Called by calls.cc; knows no transport and no
// paths.
#pragma once

#include "kaskad/server/answer_context.h"
#include "kaskad/server/rank_request.h"
#include "kaskad/server/refusal.h"
#include "kaskad/server/served.h"

namespace kaskad {

// POST /v1/rank; `served` has a ranker, the list has been checked.
MaybeRefusal rank(const Served& served, const GivenList& given, const AnswerContext& context,
                  AnswerWriter& out);

}  // namespace kaskad
