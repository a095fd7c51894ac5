#include "kaskad/core/error.h"
#include "kaskad/dataset/time_gap.h"
#include "kaskad/ranking/feature_groups.h"
#include "kaskad/ranking/neural_inputs.h"
#include "kaskad/ranking/onnx_source_features.h"
#include "kaskad/ranking/onnx_source_parts.h"

namespace kaskad {
namespace {

using Kind = OnnxSource::Kind;

// The places of a history where every request has as many; -1 where these are free.
int64_t history_places(const SourceParts& parts) {
  const OnnxMapping& mapping = parts.mapping;
  return mapping.padding == OnnxMapping::Padding::kNone ? -1
                                                        : static_cast<int64_t>(mapping.history);
}

// Of the history: a value a place, from the event's number in the request's history.
OnnxSource of_events(
    const SourceParts& parts, Kind kind, int64_t nothing,
    std::function<void(const RankRequest&, const OnnxHistory&, size_t, OnnxValues&)> append) {
  return {kind,
          false,
          {history_places(parts)},
          [=, append = std::move(append)](const RankRequest& request, const OnnxHistory& history,
                                          OnnxValues& out) {
            const auto pad = [&](size_t places) {
              if (kind == Kind::kNumbers) {
                out.numbers.insert(out.numbers.end(), places, kMissing);
              } else {
                out.whole.insert(out.whole.end(), places, nothing);
              }
            };
            pad(history.first);
            for (size_t at = 0; at < history.events.size(); ++at) append(request, history, at, out);
            pad(history.places - history.first - history.events.size());
          }};
}

OnnxSource history_items(const SourceParts& parts) {
  return of_events(
      parts, Kind::kIds, 0,
      [items = parts.tables.num_items](const RankRequest& request, const OnnxHistory& history,
                                       size_t at, OnnxValues& out) {
        out.whole.push_back(id_token(request.history.items[history.events[at]], items));
      });
}

OnnxSource history_mask(const SourceParts& parts) {
  return of_events(parts, Kind::kFlags, 0,
                   [](const RankRequest&, const OnnxHistory&, size_t, OnnxValues& out) {
                     out.whole.push_back(1);
                   });
}

OnnxSource history_actions(const SourceParts& parts) {
  if (parts.tables.actions.empty()) {
    throw Error(parts.input.place + ": found 'history.actions', but the log has no actions");
  }
  return of_events(
      parts, Kind::kIds, kNoActionToken,
      [count = parts.tables.actions.size()](const RankRequest& request, const OnnxHistory& history,
                                            size_t at, OnnxValues& out) {
        const auto& actions = request.history.actions;
        const size_t code = actions.empty() ? kUnknownAction : actions[history.events[at]];
        out.whole.push_back(code < count ? kFirstActionToken + static_cast<int64_t>(code)
                                         : kUnknownActionToken);
      });
}

void need_clock(const SourceParts& parts) {
  if (parts.tables.time_kind == TimeKind::kClock) return;
  throw Error(parts.input.place + ": found '" + parts.input.source +
              "', but the log has no clock, only an order");
}

// Milliseconds since the event before in the history that the graph sees; negative: there is none.
int64_t gap_before(const RankRequest& request, const OnnxHistory& history, size_t at) {
  if (at == 0) return kNoGap;
  const auto& times = request.history.times;
  return times[history.events[at]] - times[history.events[at - 1]];
}

int64_t age_of(const RankRequest& request, const OnnxHistory& history, size_t at) {
  return request.now - request.history.times[history.events[at]];
}

OnnxSource history_gaps(const SourceParts& parts) {
  need_clock(parts);
  return of_events(
      parts, Kind::kNumbers, 0,
      [](const RankRequest& request, const OnnxHistory& history, size_t at, OnnxValues& out) {
        const int64_t gap = gap_before(request, history, at);
        out.numbers.push_back(gap < 0 ? kMissing
                                      : static_cast<float>(static_cast<double>(gap) / kHour));
      });
}

OnnxSource history_gap_buckets(const SourceParts& parts) {
  need_clock(parts);
  return of_events(
      parts, Kind::kIds, 0,
      [](const RankRequest& request, const OnnxHistory& history, size_t at, OnnxValues& out) {
        out.whole.push_back(gap_bucket(gap_before(request, history, at)));
      });
}

OnnxSource history_ages(const SourceParts& parts) {
  need_clock(parts);
  return of_events(
      parts, Kind::kNumbers, 0,
      [](const RankRequest& request, const OnnxHistory& history, size_t at, OnnxValues& out) {
        const auto age = static_cast<double>(age_of(request, history, at));
        out.numbers.push_back(static_cast<float>(age / kHour));
      });
}

OnnxSource history_age_buckets(const SourceParts& parts) {
  need_clock(parts);
  return of_events(
      parts, Kind::kIds, 0,
      [](const RankRequest& request, const OnnxHistory& history, size_t at, OnnxValues& out) {
        out.whole.push_back(age_bucket(age_of(request, history, at)));
      });
}

OnnxSource history_feature(const SourceParts& parts) {
  const OnnxFeature feature(parts.input, parts.tables.items.get(), "items");
  OnnxSource source{feature.kind(), false, feature.shape(), {}};
  source.shape.insert(source.shape.begin(), history_places(parts));
  source.write = [feature](const RankRequest& request, const OnnxHistory& history,
                           OnnxValues& out) {
    for (size_t place = 0; place < history.places; ++place) {
      const size_t at = place - history.first;  // before the first event: out of range
      const bool known = at < history.events.size();
      feature.append(index(known ? request.history.items[history.events[at]] : kNoItem), out);
    }
  };
  return source;
}

OnnxSource history_length(const SourceParts&) {
  return {
      Kind::kIds, false, {}, [](const RankRequest&, const OnnxHistory& history, OnnxValues& out) {
        out.whole.push_back(static_cast<int64_t>(history.events.size()));
      }};
}

}  // namespace

void add_history_sources(SourceEntries& entries) {
  entries["history.actions"] = {history_actions, false};
  entries["history.age_buckets"] = {history_age_buckets, false};
  entries["history.ages"] = {history_ages, false};
  entries["history.feature"] = {history_feature, true};
  entries["history.gap_buckets"] = {history_gap_buckets, false};
  entries["history.gaps"] = {history_gaps, false};
  entries["history.items"] = {history_items, false};
  entries["history.length"] = {history_length, false};
  entries["history.mask"] = {history_mask, false};
}

}  // namespace kaskad
