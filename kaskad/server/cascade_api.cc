#include "kaskad/server/cascade_api.h"

#include <algorithm>

#include "kaskad/server/cascade_answer.h"
#include "kaskad/server/given_features.h"

namespace kaskad {
namespace {

using CascadeFault = std::optional<std::string>;  // the sentence that says what is wrong

std::vector<ItemId> catalogue_items(const CascadeCatalogue& catalogue,
                                    const std::vector<std::string>& ids) {
  std::vector<ItemId> known;
  for (const std::string& id : ids) {
    if (const auto item = catalogue.find(id)) known.push_back(*item);
  }
  return known;
}

// What the request says of the user, once for each retriever that reads some of it.
struct GivenRows {
  std::vector<std::unique_ptr<GivenRow>> rows;  // (retrievers), null where it reads nothing
};

CascadeFault resolve_user_features(const Cascade& cascade, const std::vector<GivenFeature>& given,
                                   CascadeRequest& request, std::vector<std::string>& unknown) {
  auto owner = std::make_shared<GivenRows>();
  std::vector<bool> read(given.size(), false);
  for (const auto& stage : cascade.retrievers()) {
    owner->rows.push_back(nullptr);
    request.user_features.emplace_back();
    const FeatureSchema* schema = stage->bundle().retriever->user_schema();
    if (!schema) continue;
    std::vector<GivenFeature> own;
    for (size_t i = 0; i < given.size(); ++i) {
      if (!schema->find(given[i].name)) continue;
      own.push_back(given[i]);
      read[i] = true;
    }
    owner->rows.back() = std::make_unique<GivenRow>();
    GivenRow& row = *owner->rows.back();
    if (auto fault = row.set(own, *schema)) return fault;
    request.user_features.back() = row.row();
    for (const std::string& value : row.unknown_values()) unknown.push_back(value);
  }
  for (size_t i = 0; i < given.size(); ++i) {
    if (read[i]) continue;
    return "'user_features': found '" + given[i].name.substr(0, 60) +
           "', expected what a retriever of the cascade reads";
  }
  request.features_owner = owner;
  return std::nullopt;
}

void write_texts(AnswerWriter& out, std::string_view name, const std::vector<std::string>& texts) {
  out.key(name).begin_array();
  for (const std::string& text : texts) out.value(text);
  out.end_array();
}

// Where the item stood in each stage's list.
void write_traced_item(AnswerWriter& out, const Cascade& cascade, const std::string& id,
                       const CascadeAnswer& answer) {
  const auto item = cascade.catalogue().find(id);
  out.key("item").begin_object().field("item_id", id);
  out.field("why", item ? std::string_view(answer.why_not) : "there is no such item");
  out.key("path").begin_array();
  for (const TracedStage& stage : answer.trace->stages) {
    if (!item) break;
    const auto at = std::ranges::find(stage.out, *item, &TracedCandidate::item);
    if (at == stage.out.end()) continue;
    out.begin_object().field("stage", stage.name);
    out.field("position", at - stage.out.begin() + 1).field("score", at->score).end_object();
  }
  out.end_array().end_object();
}

const Cascade& choose_cascade(const Served& served, const std::optional<std::string>& user_id,
                              AnswerContext& context) {
  if (!served.arms) return *served.cascade;
  CascadeArms::Choice choice = served.arms->choose(user_id);
  context.experiment = served.arms->config().name;
  context.arms = std::move(choice.arms);
  return *choice.cascade;
}

// What is stored of the user and what came in since, where events are taken in; else the cascade
// looks for itself. Whether the user is known, where that is known here.
std::optional<bool> add_user(const Cascade& cascade, const std::string& user_id,
                             const AnswerContext& context, CascadeRequest& request) {
  request.user_id = user_id;
  if (!context.live) return std::nullopt;
  bool stored = false;
  OwnedHistory found = cascade.stored_history(user_id, stored);
  KnownHistory history;
  history.items = std::move(found.items);
  history.times = std::move(found.times);
  const FindItem find = [&](std::string_view id) { return cascade.catalogue().find(id); };
  const LiveUser live = context.add_events(user_id, find, cascade.time_kind(),
                                           codes_of(cascade.action_names()), history);
  request.history = OwnedHistory{
      std::move(history.items), std::move(history.times), {}, std::move(history.actions)};
  if (live.erased) request.user_id.reset();
  request.newest = live.newest;
  return live.active || (stored && !live.erased);
}

}  // namespace

MaybeRefusal ask_cascade(const Served& served, RecommendKind kind, const RecommendRequest& given,
                         AnswerContext context, AnswerWriter& out) {
  const Cascade& cascade = choose_cascade(served, given.user_id, context);
  const CascadeCatalogue& catalogue = cascade.catalogue();
  CascadeRequest request;
  KnownHistory history;
  std::vector<std::string> unknown_features;
  std::optional<bool> known_user;
  if (given.user_id) {
    known_user = add_user(cascade, *given.user_id, context, request);
  } else {
    request.newest = context.newest(cascade.time_kind());
  }
  request.query = given.query;
  if (given.now) request.now = to_dataset_time(*given.now, cascade.time_kind());
  if (given.history) {
    const FindItem find = [&](std::string_view id) { return catalogue.find(id); };
    history =
        known_history(*given.history, find, cascade.time_kind(), codes_of(cascade.action_names()));
    request.history = OwnedHistory{history.items, history.times, {}, history.actions};
  }
  request.k = given.k;
  request.exclude_seen = given.exclude_seen;
  request.exclude = catalogue_items(catalogue, given.exclude);
  if (given.allow) request.allow = catalogue_items(catalogue, *given.allow);
  request.reasons = given.explain;
  request.trace = kind == RecommendKind::kExplain;
  if (given.item_id) request.traced_item = catalogue.find(*given.item_id);
  if (given.user_features) {
    if (const auto fault =
            resolve_user_features(cascade, *given.user_features, request, unknown_features)) {
      return Refusal{400, *fault};
    }
  }
  CascadeAnswer answer = cascade.recommend(std::move(request));
  if (known_user) answer.known_user = known_user;
  Metrics& metrics = context.metrics;
  metrics.looked_up_ids("item", history.items.size() + history.unknown_items.size());
  metrics.looked_up_ids("user", answer.known_user ? 1 : 0);
  metrics.unknown_ids("item", history.unknown_items.size());
  metrics.unknown_ids("action", history.unknown_actions.size());
  metrics.unknown_ids("user", answer.known_user == false ? 1 : 0);
  metrics.stages(answer.stages);

  out.begin_object();
  write_cascade_items(out, cascade, answer, given.sources || kind == RecommendKind::kExplain,
                      given.explain, history.positions);
  out.field("model", "cascade").field("version", cascade.version());
  out.field("history_length", answer.history_length);
  if (answer.known_user) out.field("known_user", *answer.known_user);
  write_texts(out, "unknown_items", history.unknown_items);
  if (given.user_features) write_texts(out, "unknown_features", unknown_features);
  write_degraded(out, answer);
  if (kind == RecommendKind::kExplain) {
    write_trace(out, cascade, answer);
    if (given.item_id) write_traced_item(out, cascade, *given.item_id, answer);
  } else {
    std::vector<std::string_view> shown;
    for (const AnsweredItem& one : answer.items) shown.push_back(catalogue.name(one.item));
    write_exposure(out, context, given, {std::move(shown), cascade.version(), *served.retriever});
    const auto faulty = [](const StageRecord& stage) { return stage.fault.has_value(); };
    if (context.guard && given.user_id) {
      context.guard->answered(served, context.arms, *given.user_id,
                              std::ranges::any_of(answer.stages, faulty));
    }
    served.drift_of(cascade).observe(answer.stages, !given.query.empty());
  }
  out.end_object();
  return std::nullopt;
}

}  // namespace kaskad
