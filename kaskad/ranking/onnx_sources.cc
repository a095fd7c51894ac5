#include "kaskad/ranking/onnx_sources.h"

#include <algorithm>
#include <limits>
#include <map>
#include <memory>

#include "kaskad/core/error.h"
#include "kaskad/core/nearest_name.h"
#include "kaskad/dataset/query_tokens.h"
#include "kaskad/dataset/time_gap.h"
#include "kaskad/ranking/cross_counters.h"
#include "kaskad/ranking/feature_groups.h"
#include "kaskad/ranking/neural_inputs.h"
#include "kaskad/ranking/onnx_source_features.h"

namespace kaskad {
namespace {

using Kind = OnnxSource::Kind;

struct SourceParts {
  const OnnxInput& input;
  const OnnxMapping& mapping;
  const OnnxTables& tables;

  int64_t history_places() const {
    return mapping.padding == OnnxMapping::Padding::kNone ? -1
                                                          : static_cast<int64_t>(mapping.history);
  }
};

int64_t id_token(ItemId item, size_t num_items) {
  return index(item) < num_items ? static_cast<int64_t>(index(item)) + 1 : 0;
}

// Of the history: a value a place, from the event's number in the request's history.
OnnxSource of_events(const SourceParts& parts, Kind kind, int64_t nothing,
                     std::function<void(const RankRequest&, const OnnxHistory&, size_t, OnnxValues&)>
                         append) {
  return {kind, false, {parts.history_places()},
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
  return of_events(parts, Kind::kIds, 0,
                   [items = parts.tables.num_items](const RankRequest& request,
                                                    const OnnxHistory& history, size_t at,
                                                    OnnxValues& out) {
                     out.whole.push_back(
                         id_token(request.history.items[history.events[at]], items));
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
  return of_events(parts, Kind::kIds, kNoActionToken,
                   [count = parts.tables.actions.size()](const RankRequest& request,
                                                         const OnnxHistory& history, size_t at,
                                                         OnnxValues& out) {
                     const auto& actions = request.history.actions;
                     const size_t code =
                         actions.empty() ? kUnknownAction : actions[history.events[at]];
                     out.whole.push_back(code < count
                                             ? kFirstActionToken + static_cast<int64_t>(code)
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
  return of_events(parts, Kind::kNumbers, 0,
                   [](const RankRequest& request, const OnnxHistory& history, size_t at,
                      OnnxValues& out) {
                     const int64_t gap = gap_before(request, history, at);
                     out.numbers.push_back(
                         gap < 0 ? kMissing : static_cast<float>(static_cast<double>(gap) / kHour));
                   });
}

OnnxSource history_gap_buckets(const SourceParts& parts) {
  need_clock(parts);
  return of_events(parts, Kind::kIds, 0,
                   [](const RankRequest& request, const OnnxHistory& history, size_t at,
                      OnnxValues& out) {
                     out.whole.push_back(gap_bucket(gap_before(request, history, at)));
                   });
}

OnnxSource history_ages(const SourceParts& parts) {
  need_clock(parts);
  return of_events(parts, Kind::kNumbers, 0,
                   [](const RankRequest& request, const OnnxHistory& history, size_t at,
                      OnnxValues& out) {
                     const auto age = static_cast<double>(age_of(request, history, at));
                     out.numbers.push_back(static_cast<float>(age / kHour));
                   });
}

OnnxSource history_age_buckets(const SourceParts& parts) {
  need_clock(parts);
  return of_events(parts, Kind::kIds, 0,
                   [](const RankRequest& request, const OnnxHistory& history, size_t at,
                      OnnxValues& out) {
                     out.whole.push_back(age_bucket(age_of(request, history, at)));
                   });
}

OnnxSource history_feature(const SourceParts& parts) {
  const OnnxFeature feature(parts.input, parts.tables.items.get(), "items");
  OnnxSource source{feature.kind(), false, feature.shape(), {}};
  source.shape.insert(source.shape.begin(), parts.history_places());
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
  return {Kind::kIds, false, {},
          [](const RankRequest&, const OnnxHistory& history, OnnxValues& out) {
            out.whole.push_back(static_cast<int64_t>(history.events.size()));
          }};
}

OnnxSource user_id(const SourceParts&) {
  return {Kind::kIds, false, {}, [](const RankRequest& request, const OnnxHistory&, OnnxValues& out) {
            out.whole.push_back(
                request.user == kNoUser ? 0 : static_cast<int64_t>(index(request.user)) + 1);
          }};
}

OnnxSource user_feature(const SourceParts& parts) {
  const OnnxFeature feature(parts.input, parts.tables.users.get(), "users");
  return {feature.kind(), false, feature.shape(),
          [feature](const RankRequest& request, const OnnxHistory&, OnnxValues& out) {
            feature.append(index(request.user), out);
          }};
}

void need_tokens(const SourceParts& parts) {
  if (!parts.mapping.tokens.empty()) return;
  throw Error(parts.input.place + ": found '" + parts.input.source +
              "' without query.tokens, expected there the path of a list of words");
}

OnnxSource query_tokens_source(const SourceParts& parts) {
  need_tokens(parts);
  const auto length = parts.mapping.query_length;
  return {Kind::kIds, false, {static_cast<int64_t>(length)},
          [length, &known = parts.tables.tokens](const RankRequest& request, const OnnxHistory&,
                                                 OnnxValues& out) {
            const size_t end = out.whole.size() + length;
            for (const std::string& word : query_tokens(request.query)) {
              if (out.whole.size() == end) break;
              const auto found = known.find(word);
              out.whole.push_back(found == known.end() ? kUnknownOnnxToken : found->second);
            }
            out.whole.resize(end, kNoOnnxToken);
          }};
}

OnnxSource query_mask(const SourceParts& parts) {
  need_tokens(parts);
  const auto length = parts.mapping.query_length;
  return {Kind::kFlags, false, {static_cast<int64_t>(length)},
          [length](const RankRequest& request, const OnnxHistory&, OnnxValues& out) {
            const size_t words = std::min(query_tokens(request.query).size(), length);
            out.whole.insert(out.whole.end(), words, 1);
            out.whole.insert(out.whole.end(), length - words, 0);
          }};
}

OnnxSource candidate_items(const SourceParts& parts) {
  return {Kind::kIds, true, {},
          [items = parts.tables.num_items](const RankRequest& request, const OnnxHistory&,
                                           OnnxValues& out) {
            for (const ItemId item : request.candidates) out.whole.push_back(id_token(item, items));
          }};
}

OnnxSource candidate_feature(const SourceParts& parts) {
  const OnnxFeature feature(parts.input, parts.tables.items.get(), "items");
  return {feature.kind(), true, feature.shape(),
          [feature](const RankRequest& request, const OnnxHistory&, OnnxValues& out) {
            for (const ItemId item : request.candidates) feature.append(index(item), out);
          }};
}

OnnxSource candidate_score(const SourceParts&) {
  return {Kind::kNumbers, true, {}, [](const RankRequest& request, const OnnxHistory&, OnnxValues& out) {
            out.numbers.assign(request.scores.begin(), request.scores.end());
            out.numbers.resize(request.candidates.size(), kMissing);
          }};
}

OnnxSource candidate_rank(const SourceParts&) {
  return {Kind::kNumbers, true, {}, [](const RankRequest& request, const OnnxHistory&, OnnxValues& out) {
            for (const uint32_t rank : request.ranks) {
              out.numbers.push_back(rank > 0 ? static_cast<float>(rank) : kMissing);
            }
            out.numbers.resize(request.candidates.size(), kMissing);
          }};
}

OnnxSource candidate_context(const SourceParts& parts) {
  const auto& names = parts.tables.contexts;
  const auto found = std::ranges::find(names, parts.input.feature);
  if (found == names.end()) {
    throw Error(parts.input.place + ": found feature '" + parts.input.feature +
                "' of the context, expected " + one_of(names, parts.input.feature));
  }
  return {Kind::kNumbers, true, {},
          [column = static_cast<size_t>(found - names.begin()), width = names.size()](
              const RankRequest& request, const OnnxHistory&, OnnxValues& out) {
            for (size_t at = column; at < request.context.size(); at += width) {
              out.numbers.push_back(request.context[at]);
            }
            out.numbers.resize(request.candidates.size(), kMissing);
          }};
}

// Where the named columns lie; none named: all.
std::vector<size_t> columns_of(const OnnxInput& input, const std::vector<std::string>& known) {
  std::vector<size_t> places;
  for (const std::string& name : input.columns.empty() ? known : input.columns) {
    const auto found = std::ranges::find(known, name);
    if (found == known.end()) {
      throw Error(input.place + ": found column '" + name + "', expected " + one_of(known, name));
    }
    places.push_back(static_cast<size_t>(found - known.begin()));
  }
  return places;
}

// Columns of `rows` (candidates, width).
void select_columns(std::span<const float> rows, size_t width, std::span<const size_t> columns,
                    std::vector<float>& out) {
  for (size_t begin = 0; begin < rows.size(); begin += width) {
    for (const size_t column : columns) out.push_back(rows[begin + column]);
  }
}

OnnxSource ranking_features(const SourceParts& parts) {
  KASKAD_ASSERT(parts.tables.features != nullptr);
  std::vector<std::string> names;
  for (const FeatureColumn& column : parts.tables.features->columns()) names.push_back(column.name);
  auto columns = columns_of(parts.input, names);
  const auto shape = static_cast<int64_t>(columns.size());
  return {Kind::kNumbers, true, {shape},
          [columns = std::move(columns), &features = *parts.tables.features](
              const RankRequest& request, const OnnxHistory&, OnnxValues& out) {
            const size_t width = features.columns().size();
            std::vector<float> rows(request.candidates.size() * width);
            features.compute({&request, 1}, rows);
            select_columns(rows, width, columns, out.numbers);
          }};
}

OnnxSource counters(const SourceParts& parts) {
  if (!parts.tables.counters) {
    throw Error(parts.input.place +
                ": found 'counters' without the key 'counters', expected there the directory of a "
                "counter store");
  }
  auto columns = columns_of(parts.input, parts.tables.counters->feature_names());
  const auto shape = static_cast<int64_t>(columns.size());
  return {Kind::kNumbers, true, {shape},
          [columns = std::move(columns), &store = *parts.tables.counters](
              const RankRequest& request, const OnnxHistory&, OnnxValues& out) {
            const size_t width = store.num_features();
            std::vector<float> rows(request.candidates.size() * width);
            store.answer(counter_request(request), rows);
            select_columns(rows, width, columns, out.numbers);
          }};
}

struct SourceEntry {
  OnnxSource (*make)(const SourceParts&);
  bool feature = false;  // must name one
};

const std::map<std::string, SourceEntry, std::less<>>& source_entries() {
  static const std::map<std::string, SourceEntry, std::less<>> entries = {
      {"candidate.context", {candidate_context, true}},
      {"candidate.feature", {candidate_feature, true}},
      {"candidate.items", {candidate_items}},
      {"candidate.rank", {candidate_rank}},
      {"candidate.score", {candidate_score}},
      {"counters", {counters}},
      {"features", {ranking_features}},
      {"history.actions", {history_actions}},
      {"history.age_buckets", {history_age_buckets}},
      {"history.ages", {history_ages}},
      {"history.feature", {history_feature, true}},
      {"history.gap_buckets", {history_gap_buckets}},
      {"history.gaps", {history_gaps}},
      {"history.items", {history_items}},
      {"history.length", {history_length}},
      {"history.mask", {history_mask}},
      {"query.mask", {query_mask}},
      {"query.tokens", {query_tokens_source}},
      {"user.feature", {user_feature, true}},
      {"user.id", {user_id}}};
  return entries;
}

// Keys that this source does not look at would be lost without a word.
void check_keys(const OnnxInput& input, const SourceEntry& entry) {
  if (entry.feature != !input.feature.empty()) {
    throw Error(input.place + ": found '" + input.source + "' " +
                (entry.feature ? "without 'feature', expected the name of one"
                               : "with 'feature', expected none"));
  }
  const bool columns = input.source == "features" || input.source == "counters";
  if (!input.columns.empty() && !columns) {
    throw Error(input.place + ": found 'columns' with '" + input.source +
                "', expected them with features or counters alone");
  }
  if (input.values > 0 && !entry.feature) {
    throw Error(input.place + ": found 'values' with '" + input.source +
                "', expected it with categories of items or users alone");
  }
}

}  // namespace

std::vector<std::string> onnx_source_names() {
  std::vector<std::string> names;
  for (const auto& [name, entry] : source_entries()) names.push_back(name);
  return names;
}

OnnxHistory select_history(const RankRequest& request, const OnnxMapping& mapping,
                           size_t num_items) {
  OnnxHistory history;
  const auto items = request.history.items;
  for (size_t at = items.size(); at-- > 0 && history.events.size() < mapping.history;) {
    if (index(items[at]) < num_items) history.events.push_back(at);
  }
  std::ranges::reverse(history.events);
  history.places = mapping.padding == OnnxMapping::Padding::kNone
                       ? std::max<size_t>(history.events.size(), 1)
                       : mapping.history;
  if (mapping.padding == OnnxMapping::Padding::kLeft) {
    history.first = history.places - history.events.size();
  }
  return history;
}

OnnxSource make_onnx_source(const OnnxInput& input, const OnnxMapping& mapping,
                            const OnnxTables& tables) {
  const auto found = source_entries().find(input.source);
  if (found == source_entries().end()) {
    throw Error(input.place + ": found '" + input.source + "', expected " +
                one_of(onnx_source_names(), input.source));
  }
  check_keys(input, found->second);
  return found->second.make({input, mapping, tables});
}

}  // namespace kaskad
