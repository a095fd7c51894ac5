#include "kaskad/server/cascade_answer.h"

#include <algorithm>
#include <cmath>

#include "kaskad/server/recommend_api.h"

namespace kaskad {
namespace {

void write_sources(AnswerWriter& out, const Cascade& cascade, std::span<const Source> sources) {
  out.key("sources").begin_array();
  for (size_t i = 0; i < sources.size(); ++i) {
    if (sources[i].rank == 0) continue;
    out.begin_object().field("retriever", cascade.retrievers()[i]->config().name);
    out.field("rank", sources[i].rank).field("score", sources[i].score).end_object();
  }
  out.end_array();
}

void write_because(AnswerWriter& out, const Cascade& cascade, const std::vector<Reason>& because,
                   std::span<const size_t> positions) {
  out.key("because").begin_array();
  for (size_t r = 0; r < std::min(because.size(), kMaxReasons); ++r) {
    const size_t event = because[r].event;
    out.begin_object();
    write_cascade_item(out, cascade, because[r].item);
    out.field("position", positions.empty() ? event : positions[event]);
    out.field("share", because[r].share).end_object();
  }
  out.end_array();
}

void write_fault(AnswerWriter& out, const StageRecord& stage) {
  out.field("reason", to_string(stage.fault->reason)).field("why", stage.fault->why);
  out.field("fallback", stage.fallback);
}

void write_list(AnswerWriter& out, const Cascade& cascade, const TracedStage& stage) {
  out.key("candidates").begin_array();
  for (const TracedCandidate& one : stage.out) {
    out.begin_object();
    write_cascade_item(out, cascade, one.item);
    out.field("score", one.score);
    if (!one.heads.empty()) {
      out.key("heads").begin_object();
      for (size_t h = 0; h < one.heads.size(); ++h) out.field(stage.heads[h], one.heads[h]);
      out.end_object();
    }
    if (!one.features.empty()) {
      out.key("features").begin_object();
      for (size_t f = 0; f < one.features.size(); ++f) {
        if (std::isfinite(one.features[f])) out.field(stage.features[f], one.features[f]);
      }
      out.end_object();
    }
    out.end_object();
  }
  out.end_array();
}

}  // namespace

void write_cascade_item(AnswerWriter& out, const Cascade& cascade, ItemId item) {
  out.field("item_id", cascade.catalogue().name(item));
  const std::string_view title = cascade.title(item);
  if (!title.empty()) out.field("title", title);
}

void write_cascade_items(AnswerWriter& out, const Cascade& cascade, const CascadeAnswer& answer,
                         bool sources, bool reasons, std::span<const size_t> positions) {
  out.key("items").begin_array();
  for (const AnsweredItem& one : answer.items) {
    out.begin_object();
    write_cascade_item(out, cascade, one.item);
    out.field("score", one.score);
    if (sources) {
      out.field("placed", to_string(one.placed));
      write_sources(out, cascade, answer.sources.of(one.row));
    }
    if (reasons) write_because(out, cascade, one.because, positions);
    out.end_object();
  }
  out.end_array();
}

void write_degraded(AnswerWriter& out, const CascadeAnswer& answer) {
  out.key("degraded").begin_array();
  for (const StageRecord& stage : answer.stages) {
    if (!stage.fault) continue;
    out.begin_object().field("stage", stage.name);
    write_fault(out, stage);
    out.end_object();
  }
  out.end_array();
}

void write_trace(AnswerWriter& out, const Cascade& cascade, const CascadeAnswer& answer) {
  out.key("stages").begin_array();
  for (const StageRecord& stage : answer.stages) {
    out.begin_object().field("stage", stage.name).field("in", stage.in).field("out", stage.out);
    out.field("seconds", static_cast<float>(stage.seconds));
    if (stage.unknown > 0) out.field("unknown", stage.unknown);
    if (stage.fault) write_fault(out, stage);
    const auto traced = std::ranges::find(answer.trace->stages, stage.name, &TracedStage::name);
    if (traced != answer.trace->stages.end()) write_list(out, cascade, *traced);
    out.end_object();
  }
  out.end_array().key("dropped").begin_array();
  for (const Drop& drop : answer.trace->drops) {
    out.begin_object().field("item_id", cascade.catalogue().name(drop.item));
    out.field("stage", drop.stage).field("why", drop.why).end_object();
  }
  out.end_array();
}

}  // namespace kaskad
