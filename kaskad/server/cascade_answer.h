// The answer of a cascade, written. Called by cascade_api.cc.
#pragma once

#include <span>

#include "kaskad/cascade/cascade.h"
#include "kaskad/server/answer_writer.h"

namespace kaskad {

// "item_id" and, where there is one, "title".
void write_cascade_item(AnswerWriter& out, const Cascade& cascade, ItemId item);

// "items": [...]. `sources`: with the retrievers that found each, and how it got its place.
// `reasons`: with the events that brought it; (events) `positions` of those in the request, or
// empty where they are the same.
void write_cascade_items(AnswerWriter& out, const Cascade& cascade, const CascadeAnswer& answer,
                         bool sources, bool reasons, std::span<const size_t> positions);

// "degraded": [{stage, why, reason, fallback}], empty where all stages answered themselves.
void write_degraded(AnswerWriter& out, const CascadeAnswer& answer);

// "stages": [...], "dropped": [...]: all that happened to the request.
void write_trace(AnswerWriter& out, const Cascade& cascade, const CascadeAnswer& answer);

}  // namespace kaskad
