// The answer of a cascade as JSON. Called by cascade_api.cc.
#pragma once

#include "kaskad/cascade/cascade.h"
#include "kaskad/server/json_writer.h"

namespace kaskad {

// "item_id" and, where there is one, "title".
void write_cascade_item(JsonWriter& json, const Cascade& cascade, ItemId item);

// "items": [...]; `sources`: with the retrievers that found each, and how it got its place.
void write_cascade_items(JsonWriter& json, const Cascade& cascade, const CascadeAnswer& answer,
                         bool sources);

// "degraded": [{stage, why, reason, fallback}], empty where all stages answered themselves.
void write_degraded(JsonWriter& json, const CascadeAnswer& answer);

// "stages": [...], "dropped": [...]: all that happened to the request.
void write_trace(JsonWriter& json, const Cascade& cascade, const CascadeAnswer& answer);

}  // namespace kaskad
