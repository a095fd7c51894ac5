#include "kaskad/server/recommend_api.h"

#include <algorithm>
#include <optional>

#include "kaskad/server/recommend_request.h"

namespace kaskad {
namespace {

// A request in the bundle's ids. The query's spans point into the vectors, or into the bundle.
struct ResolvedRequest {
  KnownHistory history;  // when the request gives one, or events came in since
  std::vector<ItemId> exclude, allow;
  GivenRow features;  // when the request gives them
  std::optional<bool> known_user;
  bool nothing_allowed = false;
  Query query;
};

std::vector<ItemId> known_items(const Bundle& bundle, const std::vector<std::string>& ids) {
  std::vector<ItemId> known;
  for (const std::string& id : ids) {
    if (const auto found = bundle.items.find(id)) known.push_back(ItemId{*found});
  }
  return known;
}

// An event without a time happened at the time of the request. That is the end of what is known, or
// later where the request knows something later.
void resolve_times(const Bundle& bundle, const RecommendRequest& request,
                   std::optional<int64_t> newest, ResolvedRequest& resolved) {
  Query& query = resolved.query;
  query.now = std::max(bundle.now, newest.value_or(bundle.now));
  const bool given = request.history.has_value();
  const auto times = given ? std::span<const int64_t>(resolved.history.times) : query.history.times;
  if (!times.empty()) query.now = std::max(query.now, times.back());
  if (request.now) query.now = to_dataset_time(*request.now, bundle.time_kind);
  if (!given) return;
  KnownHistory& history = resolved.history;
  if (history.times.empty()) history.times.assign(history.items.size(), query.now);
  query.history = history.view();
}

// The sentence that says what is wrong with the request's features, or nothing.
std::optional<std::string> resolve_features(const Bundle& bundle, const RecommendRequest& request,
                                            ResolvedRequest& resolved) {
  if (!request.user_features) return std::nullopt;
  const FeatureSchema* schema = bundle.retriever->user_schema();
  if (!schema) {
    return "'user_features': found features, expected none: the model '" + bundle.kind +
           "' reads the history alone";
  }
  resolved.query.user_features = resolved.features.row();
  return resolved.features.set(*request.user_features, *schema);
}

// What is stored of the user, and the events since. Returns the newest event of all.
std::optional<int64_t> resolve_user(const Bundle& bundle, const std::string& user_id,
                                    const AnswerContext& context, ResolvedRequest& resolved) {
  const auto user = bundle.users.find(user_id);
  if (user) resolved.query = bundle.query(UserId{*user});
  resolved.known_user = user.has_value();
  if (!context.live) return std::nullopt;
  resolved.history = to_known(resolved.query.history);
  const LiveUser live =
      context.add_events(user_id, find_in(bundle.items), bundle.time_kind, {}, resolved.history);
  resolved.known_user = live.active || (user && !live.erased);
  resolved.query.history = resolved.history.view();
  if (live.erased) resolved.query.user_features = {};
  return live.newest;
}

void resolve(const Bundle& bundle, const RecommendRequest& request, const AnswerContext& context,
             ResolvedRequest& resolved) {
  Query& query = resolved.query;
  std::optional<int64_t> newest;
  if (request.user_id) {
    newest = resolve_user(bundle, *request.user_id, context, resolved);
  } else {
    newest = context.newest(bundle.time_kind);
    resolved.history = known_history(*request.history, bundle.items, bundle.time_kind);
  }
  resolve_times(bundle, request, newest, resolved);
  resolved.exclude = known_items(bundle, request.exclude);
  if (request.allow) {
    resolved.allow = known_items(bundle, *request.allow);
    resolved.nothing_allowed = resolved.allow.empty();
  }
  query.exclude_seen = request.exclude_seen;
  query.exclude = resolved.exclude;
  query.allow = resolved.allow;
}

void write_item(AnswerWriter& out, const Bundle& bundle, ItemId item) {
  out.field("item_id", bundle.items.name(index(item)));
  const std::string_view title = bundle.title(item);
  if (!title.empty()) out.field("title", title);
}

// Positions are those of the history as the client wrote it, or as it is stored.
void write_reasons(AnswerWriter& out, const Bundle& bundle, const ResolvedRequest& resolved,
                   std::span<const Contribution> reasons) {
  out.key("because").begin_array();
  for (size_t r = 0; r < std::min(reasons.size(), kMaxReasons); ++r) {
    out.begin_object();
    const size_t event = reasons[r].position;
    write_item(out, bundle, resolved.query.history.items[event]);
    const auto& positions = resolved.history.positions;
    out.field("position", positions.empty() ? event : positions[event]);
    out.field("share", reasons[r].share).end_object();
  }
  out.end_array();
}

void write_version(AnswerWriter& out, const ServedBundle& served) {
  out.field("model", served.bundle.kind).field("version", served.version);
}

std::vector<ScoredItem> retrieve(const Bundle& bundle, const ResolvedRequest& resolved, size_t k) {
  if (resolved.nothing_allowed) return {};
  std::vector<ScoredItem> row(std::min(k, bundle.items.size()));
  bundle.retriever->retrieve({&resolved.query, 1}, row.size(), row);
  std::erase_if(row, [](const ScoredItem& scored) { return scored.item == kNoItem; });
  return row;
}

using Reasons = std::vector<std::vector<Contribution>>;  // (items of the row)

Reasons explain(const Bundle& bundle, const ResolvedRequest& resolved,
                std::span<const ScoredItem> row) {
  std::vector<ItemId> items;
  for (const ScoredItem& scored : row) items.push_back(scored.item);
  return bundle.retriever->explain(resolved.query, items);
}

}  // namespace

MaybeRefusal recommend(const ServedBundle& served, const RecommendRequest& request,
                       const AnswerContext& context, AnswerWriter& out) {
  if (request.sources) {
    return Refusal{400, "'sources': found true, expected none: no cascade is served here"};
  }
  const Bundle& bundle = served.bundle;
  ResolvedRequest resolved;
  resolve(bundle, request, context, resolved);
  if (const auto fault = resolve_features(bundle, request, resolved)) {
    return Refusal{400, *fault};
  }
  const auto& history = resolved.history;
  context.metrics.looked_up_ids("item", history.items.size() + history.unknown_items.size());
  context.metrics.looked_up_ids("user", resolved.known_user ? 1 : 0);
  context.metrics.unknown_ids("item", history.unknown_items.size());
  context.metrics.unknown_ids("user", resolved.known_user == false ? 1 : 0);

  const std::vector<ScoredItem> row = retrieve(bundle, resolved, request.k);
  const auto reasons = request.explain ? explain(bundle, resolved, row) : Reasons{};

  out.begin_object().key("items").begin_array();
  for (size_t i = 0; i < row.size(); ++i) {
    out.begin_object();
    write_item(out, bundle, row[i].item);
    out.field("score", row[i].score);
    if (request.explain) write_reasons(out, bundle, resolved, reasons[i]);
    out.end_object();
  }
  out.end_array();
  write_version(out, served);
  out.field("history_length", resolved.query.history.size());
  if (resolved.known_user) out.field("known_user", *resolved.known_user);
  out.key("unknown_items").begin_array();
  for (const std::string& id : resolved.history.unknown_items) out.value(id);
  out.end_array();
  if (request.user_features) {
    out.key("unknown_features").begin_array();
    for (const std::string& value : resolved.features.unknown_values()) out.value(value);
    out.end_array();
  }
  std::vector<std::string_view> shown;
  for (const ScoredItem& scored : row) shown.push_back(bundle.items.name(index(scored.item)));
  write_exposure(out, context, request, {std::move(shown), served.version, served});
  out.end_object();
  return std::nullopt;
}

MaybeRefusal similar_items(const ServedBundle& served, std::string_view id, size_t k,
                           Metrics& metrics, AnswerWriter& out) {
  const Bundle& bundle = served.bundle;
  const auto item = bundle.items.find(id);
  if (!item) {
    metrics.unknown_ids("item", 1);
    return Refusal{404, "there is no item '" + std::string(id) + "'"};
  }
  out.begin_object();
  write_item(out, bundle, ItemId{*item});
  out.key("items").begin_array();
  for (const ScoredItem& scored : bundle.retriever->similar(ItemId{*item}, k)) {
    out.begin_object();
    write_item(out, bundle, scored.item);
    out.field("score", scored.score).end_object();
  }
  out.end_array();
  write_version(out, served);
  out.end_object();
  return std::nullopt;
}

void search_items(const ServedBundle& served, std::string_view prefix, size_t limit,
                  AnswerWriter& out) {
  out.begin_object().key("items").begin_array();
  for (const ItemId item : served.search.find(prefix, limit)) {
    out.begin_object();
    write_item(out, served.bundle, item);
    out.end_object();
  }
  out.end_array().end_object();
}

MaybeRefusal show_user(const ServedBundle& served, const std::string& id,
                       const AnswerContext& context, AnswerWriter& out) {
  const Bundle& bundle = served.bundle;
  ResolvedRequest resolved;
  resolve_user(bundle, id, context, resolved);
  if (!*resolved.known_user) {
    context.metrics.unknown_ids("user", 1);
    return Refusal{404, "there is no user '" + id + "'"};
  }
  const History& history = resolved.query.history;
  out.begin_object().field("user_id", id).key("history").begin_array();
  for (size_t event = 0; event < history.size(); ++event) {
    out.begin_object();
    write_item(out, bundle, history.items[event]);
    out.field("timestamp", history.times[event]).end_object();
  }
  out.end_array().end_object();
  return std::nullopt;
}

}  // namespace kaskad
