#include "kaskad/server/cascade_json.h"

#include <algorithm>

#include "kaskad/server/recommend_api.h"

namespace kaskad {
namespace {

void write_sources(JsonWriter& json, const Cascade& cascade, std::span<const Source> sources) {
  json.key("sources").begin_array();
  for (size_t i = 0; i < sources.size(); ++i) {
    if (sources[i].rank == 0) continue;
    json.begin_object().field("retriever", cascade.retrievers()[i]->config().name);
    json.field("rank", sources[i].rank).field("score", sources[i].score).end_object();
  }
  json.end_array();
}

void write_because(JsonWriter& json, const Cascade& cascade, const std::vector<Reason>& because,
                   std::span<const size_t> positions) {
  json.key("because").begin_array();
  for (size_t r = 0; r < std::min(because.size(), kMaxReasons); ++r) {
    const size_t event = because[r].event;
    json.begin_object();
    write_cascade_item(json, cascade, because[r].item);
    json.field("position", positions.empty() ? event : positions[event]);
    json.field("share", because[r].share).end_object();
  }
  json.end_array();
}

void write_fault(JsonWriter& json, const StageRecord& stage) {
  json.field("reason", to_string(stage.fault->reason)).field("why", stage.fault->why);
  json.field("fallback", stage.fallback);
}

void write_list(JsonWriter& json, const Cascade& cascade, const TracedStage& stage) {
  json.key("candidates").begin_array();
  for (const TracedCandidate& one : stage.out) {
    json.begin_object();
    write_cascade_item(json, cascade, one.item);
    json.field("score", one.score);
    if (!one.heads.empty()) {
      json.key("heads").begin_object();
      for (size_t h = 0; h < one.heads.size(); ++h) json.field(stage.heads[h], one.heads[h]);
      json.end_object();
    }
    json.end_object();
  }
  json.end_array();
}

}  // namespace

void write_cascade_item(JsonWriter& json, const Cascade& cascade, ItemId item) {
  json.field("item_id", cascade.catalogue().name(item));
  const std::string_view title = cascade.title(item);
  if (!title.empty()) json.field("title", title);
}

void write_cascade_items(JsonWriter& json, const Cascade& cascade, const CascadeAnswer& answer,
                         bool sources, bool reasons, std::span<const size_t> positions) {
  json.key("items").begin_array();
  for (const AnsweredItem& one : answer.items) {
    json.begin_object();
    write_cascade_item(json, cascade, one.item);
    json.field("score", one.score);
    if (sources) {
      json.field("placed", to_string(one.placed));
      write_sources(json, cascade, answer.sources.of(one.row));
    }
    if (reasons) write_because(json, cascade, one.because, positions);
    json.end_object();
  }
  json.end_array();
}

void write_degraded(JsonWriter& json, const CascadeAnswer& answer) {
  json.key("degraded").begin_array();
  for (const StageRecord& stage : answer.stages) {
    if (!stage.fault) continue;
    json.begin_object().field("stage", stage.name);
    write_fault(json, stage);
    json.end_object();
  }
  json.end_array();
}

void write_trace(JsonWriter& json, const Cascade& cascade, const CascadeAnswer& answer) {
  json.key("stages").begin_array();
  for (const StageRecord& stage : answer.stages) {
    json.begin_object().field("stage", stage.name).field("in", stage.in).field("out", stage.out);
    json.field("seconds", static_cast<float>(stage.seconds));
    if (stage.unknown > 0) json.field("unknown", stage.unknown);
    if (stage.fault) write_fault(json, stage);
    const auto traced = std::ranges::find(answer.trace->stages, stage.name, &TracedStage::name);
    if (traced != answer.trace->stages.end()) write_list(json, cascade, *traced);
    json.end_object();
  }
  json.end_array().key("dropped").begin_array();
  for (const Drop& drop : answer.trace->drops) {
    json.begin_object().field("item_id", cascade.catalogue().name(drop.item));
    json.field("stage", drop.stage).field("why", drop.why).end_object();
  }
  json.end_array();
}

}  // namespace kaskad
