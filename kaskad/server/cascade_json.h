// The answer of a cascade as JSON. Called by cascade_api.cc.
#pragma once

#include <span>

#include "kaskad/cascade/cascade.h"
#include "kaskad/server/json_writer.h"

namespace kaskad {

// "item_id" and, where there is one, "title".
void write_cascade_item(JsonWriter& json, const Cascade& cascade, ItemId item);

// "items": [...]. `sources`: with the retrievers that found each, and how it got its place.
// `reasons`: with the events that brought it; (events) `positions` of those in the request, or
// empty where they are the same.
void write_cascade_items(JsonWriter& json, const Cascade& cascade, const CascadeAnswer& answer,
                         bool sources, bool reasons, std::span<const size_t> positions);

// "degraded": [{stage, why, reason, fallback}], empty where all stages answered themselves.
void write_degraded(JsonWriter& json, const CascadeAnswer& answer);

// "stages": [...], "dropped": [...]: all that happened to the request.
void write_trace(JsonWriter& json, const Cascade& cascade, const CascadeAnswer& answer);

}  // namespace kaskad
