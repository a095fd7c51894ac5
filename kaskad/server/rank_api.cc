#include "kaskad/server/rank_api.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>

#include "kaskad/server/rank_request.h"

namespace kaskad {
namespace {

// A list in the ranker's ids. The request's spans point into the vectors, into the parsed body or
// into the retriever's bundle.
struct ResolvedList {
  KnownHistory history;  // of the body, or the stored one in the ranker's ids
  std::vector<ItemId> candidates;
  std::vector<std::string> unknown_candidates;
  std::vector<float> context;  // (candidates, context names)
  std::optional<bool> known_user;
  std::optional<int64_t> newest;  // event of all; none in a log of order numbers
  RankRequest request;
};

using Fault = std::optional<std::string>;  // the sentence that says what is wrong, or nothing

void resolve_candidates(const ServedRanker& ranker, const GivenList& given, ResolvedList& list) {
  for (const std::string& id : given.candidates) {
    const auto item = ranker.bundle.items.find(id);
    list.candidates.push_back(item ? ItemId{*item} : kNoItem);
    if (!item) list.unknown_candidates.push_back(id);
  }
  list.request.candidates = list.candidates;
  list.request.query = given.query;
  list.request.scores = given.scores;
  list.request.ranks = given.ranks;
  list.request.live = ranker.bundle.live.get();
}

// What the retriever's bundle stores of the user, in the ranker's ids; events of items that it
// lacks go.
void take_stored_history(const Served& served, const std::string& user_id, KnownHistory& history) {
  const Bundle& bundle = served.retriever->bundle;
  const auto user = bundle.users.find(user_id);
  if (!user) return;
  const History stored = bundle.history(UserId{*user});
  const std::vector<ItemId>& own = served.ranker->own_items;
  for (size_t event = 0; event < stored.size(); ++event) {
    const ItemId item = own.empty() ? stored.items[event] : own[index(stored.items[event])];
    if (item == kNoItem) continue;
    history.items.push_back(item);
    history.times.push_back(stored.times[event]);
  }
  history.weights.assign(history.items.size(), 1.0F);
}

// What is stored of the user, and the events since.
void resolve_user(const Served& served, const std::string& user_id, const AnswerContext& context,
                  ResolvedList& list) {
  const RankerBundle& bundle = served.ranker->bundle;
  if (served.retriever) take_stored_history(served, user_id, list.history);
  const LiveUser live = context.add_events(user_id, find_in(bundle.items), bundle.time_kind,
                                           served.ranker->action_codes, list.history);
  if (live.erased) list.request.user = kNoUser;
  list.newest = live.newest;
  list.known_user = live.active || (*list.known_user && !live.erased);
}

Fault resolve_history(const Served& served, const GivenList& given, const AnswerContext& context,
                      ResolvedList& list) {
  const RankerBundle& bundle = served.ranker->bundle;
  if (given.user_id) {
    const auto user = bundle.users.find(*given.user_id);
    list.known_user = user.has_value();
    if (user) list.request.user = UserId{*user};
  }
  if (given.history) {
    list.newest = context.newest(bundle.time_kind);
    list.history =
        known_history(*given.history, bundle.items, bundle.time_kind, served.ranker->action_codes);
    return std::nullopt;
  }
  if (!served.retriever && !context.live) {
    return "found a 'user_id' without 'history', expected both: no retriever is served whose "
           "bundle stores histories";
  }
  resolve_user(served, *given.user_id, context, list);
  return std::nullopt;
}

History up_to(const History& history, int64_t now) {
  const auto end = std::upper_bound(history.times.begin(), history.times.end(), now);
  const auto count = static_cast<size_t>(end - history.times.begin());
  return {history.items.first(count), history.times.first(count),
          history.weights.empty() ? history.weights : history.weights.first(count),
          history.actions.empty() ? history.actions : history.actions.first(count)};
}

// The latest that is known of, where the request does not say. Events without a time happened then;
// later ones than `now` are not known yet.
Fault resolve_times(const Served& served, const GivenList& given, ResolvedList& list) {
  constexpr int64_t kUnknown = std::numeric_limits<int64_t>::min();
  const TimeKind kind = served.ranker->bundle.time_kind;
  RankRequest& request = list.request;
  KnownHistory& history = list.history;
  request.now = list.newest.value_or(kUnknown);
  if (served.retriever) request.now = std::max(request.now, served.retriever->bundle.now);
  if (!history.times.empty()) request.now = std::max(request.now, history.times.back());
  if (given.now) request.now = to_dataset_time(*given.now, kind);
  if (request.now == kUnknown) {
    if (kind == TimeKind::kClock) {
      return "found neither 'now' nor events with a timestamp, expected the time of the request";
    }
    request.now = 0;
  }
  if (history.times.empty()) history.times.assign(history.items.size(), request.now);
  request.history = up_to(history.view(), request.now);
  return std::nullopt;
}

Fault resolve_context(const ServedRanker& ranker, const GivenList& given, ResolvedList& list) {
  const std::vector<std::string>& names = ranker.context_names;
  if (given.context.empty()) return std::nullopt;
  list.context.assign(given.candidates.size() * names.size(),
                      std::numeric_limits<float>::quiet_NaN());
  for (const auto& [name, values] : given.context) {
    const auto found = std::ranges::find(names, name);
    if (found == names.end()) {
      std::string known;
      for (const std::string& one : names) known += (known.empty() ? "" : ", ") + one;
      return "'context': found '" + name.substr(0, 60) + "', expected " +
             (known.empty() ? "none: the ranker '" + ranker.bundle.kind + "' looks at none"
                            : "one of: " + known);
    }
    const auto column = static_cast<size_t>(found - names.begin());
    for (size_t i = 0; i < values.size(); ++i) list.context[i * names.size() + column] = values[i];
  }
  list.request.context = list.context;
  return std::nullopt;
}

Fault resolve(const Served& served, const GivenList& given, const AnswerContext& context,
              ResolvedList& list) {
  resolve_candidates(*served.ranker, given, list);
  if (auto fault = resolve_history(served, given, context, list)) return fault;
  if (auto fault = resolve_times(served, given, list)) return fault;
  return resolve_context(*served.ranker, given, list);
}

struct Scores {
  std::vector<float> final;    // (candidates)
  std::vector<float> by_head;  // (candidates, heads) where they are asked for
};

Scores score(const Ranker& ranker, const RankRequest& request, bool heads) {
  Scores scores;
  scores.final.resize(request.candidates.size());
  if (!heads) {
    ranker.score({&request, 1}, scores.final);
    return scores;
  }
  scores.by_head.resize(request.candidates.size() * ranker.heads().size());
  ranker.score_heads({&request, 1}, scores.by_head);
  ranker.combine(scores.by_head, scores.final);
  return scores;
}

// Places of the `k` highest scores, best first; equal scores keep the order of the request.
std::vector<size_t> best(const std::vector<float>& scores, size_t k) {
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto middle = order.begin() + static_cast<ptrdiff_t>(std::min(k, order.size()));
  std::partial_sort(order.begin(), middle, order.end(), [&](size_t a, size_t b) {
    return scores[a] != scores[b] ? scores[a] > scores[b] : a < b;
  });
  order.erase(middle, order.end());
  return order;
}

void write_heads(AnswerWriter& out, const std::vector<Head>& heads, std::span<const float> scores) {
  out.key("heads").begin_object();
  for (size_t h = 0; h < heads.size(); ++h) out.field(heads[h].name, scores[h]);
  out.end_object();
}

void write_list(AnswerWriter& out, std::string_view name, const std::vector<std::string>& ids) {
  out.key(name).begin_array();
  for (const std::string& id : ids) out.value(id);
  out.end_array();
}

}  // namespace

MaybeRefusal rank(const Served& served, const GivenList& given, const AnswerContext& context,
                  AnswerWriter& out) {
  ResolvedList list;
  if (auto fault = resolve(served, given, context, list)) return Refusal{400, *std::move(fault)};
  Metrics& metrics = context.metrics;
  metrics.candidates(list.candidates.size());
  metrics.looked_up_ids("candidate", list.candidates.size());
  metrics.looked_up_ids("item", list.history.items.size() + list.history.unknown_items.size());
  metrics.looked_up_ids("user", list.known_user ? 1 : 0);
  metrics.unknown_ids("candidate", list.unknown_candidates.size());
  metrics.unknown_ids("item", list.history.unknown_items.size());
  metrics.unknown_ids("action", list.history.unknown_actions.size());
  metrics.unknown_ids("user", list.known_user == false ? 1 : 0);

  const Ranker& ranker = *served.ranker->bundle.ranker;
  const std::vector<Head>& heads = ranker.heads();
  const Scores scores = score(ranker, list.request, given.heads);

  out.begin_object().key("items").begin_array();
  for (const size_t place : best(scores.final, given.k)) {
    out.begin_object().field("item_id", given.candidates[place]).field("position", place);
    out.field("score", scores.final[place]);
    if (given.heads) {
      write_heads(out, heads,
                  std::span(scores.by_head).subspan(place * heads.size(), heads.size()));
    }
    out.end_object();
  }
  out.end_array();
  out.field("model", served.ranker->bundle.kind).field("version", served.ranker->version);
  out.field("history_length", list.request.history.size());
  if (list.known_user) out.field("known_user", *list.known_user);
  write_list(out, "unknown_items", list.history.unknown_items);
  write_list(out, "unknown_candidates", list.unknown_candidates);
  if (!served.ranker->action_codes.empty()) {
    write_list(out, "unknown_actions", list.history.unknown_actions);
  }
  out.end_object();
  return std::nullopt;
}

}  // namespace kaskad
