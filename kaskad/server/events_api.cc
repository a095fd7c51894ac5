#include "kaskad/server/events_api.h"

#include <algorithm>
#include <array>
#include <limits>

#include "kaskad/core/error.h"
#include "kaskad/core/utc.h"
#include "kaskad/server/journal_lines.h"

namespace kaskad {
namespace {

constexpr std::array kOutcomes = {"stored", "duplicates", "expired", "erased", "future"};
constexpr size_t kFuture = 4;
using Counts = std::array<size_t, kOutcomes.size()>;

bool knows_item(const Served& served, const std::string& id) {
  if (served.cascade) return served.cascade->catalogue().find(id).has_value();
  if (served.retriever) return served.retriever->bundle.items.find(id).has_value();
  return served.ranker && served.ranker->bundle.items.find(id).has_value();
}

Refusal cannot(const Error& error, Metrics& metrics) {
  metrics.event_store_failed();
  return {503, error.what()};
}

}  // namespace

MaybeRefusal take_events(LiveState& live, const Served& served, std::vector<LiveEvent> events,
                         Metrics& metrics, AnswerWriter& out) {
  const int64_t now = wall_clock();
  Counts counts{};
  counts[kFuture] =
      std::erase_if(events, [&](const LiveEvent& event) { return event.time > now + kMostAhead; });
  std::vector<Kept> kept;
  try {
    kept = live.store().append(events);
  } catch (const Error& error) {
    return cannot(error, metrics);
  }
  size_t unknown_items = 0;
  std::string lines;
  for (size_t i = 0; i < events.size(); ++i) {
    ++counts[static_cast<size_t>(kept[i])];
    if (kept[i] != Kept::kStored) continue;
    LiveEvent& event = events[i];
    if (!knows_item(served, event.item_id)) ++unknown_items;
    // What its page was asked with, for counters and the journal; the store keeps what came.
    if (event.query.empty()) event.query = live.quality().query_of(event.user_id, event.request_id);
    served.observe(event);
    live.quality().acted(event.user_id, event.request_id, event.item_id, event.action);
    if (live.records()) write_action_line(lines, event);
  }
  live.record(lines);
  metrics.looked_up_ids("item", counts[static_cast<size_t>(Kept::kStored)]);
  metrics.unknown_ids("item", unknown_items);
  out.begin_object();
  for (size_t i = 0; i < counts.size(); ++i) {
    metrics.events(kOutcomes[i], counts[i]);
    out.field(kOutcomes[i], counts[i]);
  }
  out.field("unknown_items", unknown_items).end_object();
  return std::nullopt;
}

MaybeRefusal erase_user(LiveState& live, const Served& served, const std::string& user_id,
                        Metrics& metrics, AnswerWriter& out) {
  size_t erased = 0;
  try {
    // Up to the newest that anything here knows: an older event that comes late stays away, too.
    int64_t until = live.store().newest().value_or(std::numeric_limits<int64_t>::min());
    if (served.retriever) until = std::max(until, served.retriever->bundle.now);
    erased = live.store().erase_user(user_id, until);
  } catch (const Error& error) {
    return cannot(error, metrics);
  }
  out.begin_object().field("erased_events", erased).end_object();
  return std::nullopt;
}

}  // namespace kaskad
