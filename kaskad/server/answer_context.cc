#include "kaskad/server/answer_context.h"

#include "kaskad/core/error.h"
#include "kaskad/core/utc.h"
#include "kaskad/server/journal_lines.h"

namespace kaskad {

LiveUser AnswerContext::add_events(const std::string& user_id, const FindItem& find, TimeKind kind,
                                   const ActionCodes& actions, KnownHistory& history) const {
  if (!live) return {};
  try {
    return add_live_events(live->store(), user_id, find, kind, actions, history);
  } catch (const Error&) {
    metrics.event_store_failed();
    return {};
  }
}

std::optional<int64_t> AnswerContext::newest(TimeKind kind) const {
  if (!live || kind != TimeKind::kClock) return std::nullopt;
  try {
    return live->store().newest();
  } catch (const Error&) {
    metrics.event_store_failed();
    return std::nullopt;
  }
}

namespace {

void count_shown(const ShownAnswer& shown, Metrics& metrics) {
  std::vector<double> places;
  places.reserve(shown.items.size());
  for (const std::string_view item : shown.items) {
    const auto found = shown.bundle.bundle.items.find(item);
    places.push_back(found ? shown.bundle.search.popularity_place(ItemId{*found}) : 1);
  }
  metrics.shown(shown.items, places);
}

}  // namespace

void write_exposure(AnswerWriter& out, const AnswerContext& context,
                    const RecommendRequest& request, ShownAnswer shown) {
  count_shown(shown, context.metrics);
  std::string id = request.request_id;
  if (id.empty() && context.live) id = context.live->next_request_id();
  if (!id.empty()) out.field("request_id", id);
  if (!context.experiment.empty() && request.user_id) {
    out.key("experiment").begin_object().field("name", context.experiment);
    out.key("arms").begin_object();
    for (const auto& [layer, arm] : context.arms) out.field(layer, arm);
    out.end_object().end_object();
    context.metrics.experiment_answer(context.experiment, context.arms);
  }
  if (!context.live || !request.user_id) return;
  context.live->quality().shown({.user_id = *request.user_id,
                                 .request_id = id,
                                 .version = shown.version,
                                 .experiment = context.experiment,
                                 .query = request.query,
                                 .arms = context.arms,
                                 .items = shown.items});
  const int64_t time = request.now ? to_dataset_time(*request.now, TimeKind::kClock) : wall_clock();
  if (context.served) {
    context.served->count_pairs(
        {.shown = true, .page = {*request.user_id, id, request.query, shown.items, time}});
  }
  if (!context.live->tells_pages()) return;
  Exposure exposure{.time = time,
                    .user_id = *request.user_id,
                    .request_id = id,
                    .query = request.query,
                    .experiment = context.experiment,
                    .arms = context.arms,
                    .items = std::move(shown.items)};
  std::string line;
  write_exposure_line(line, exposure);
  context.live->tell_page(line);
}

}  // namespace kaskad
