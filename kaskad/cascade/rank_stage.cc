#include "kaskad/cascade/rank_stage.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "kaskad/kernels/top_k.h"

namespace kaskad {
namespace {

std::vector<uint8_t> codes_for(const std::vector<std::string>& actions, const Ranker& ranker) {
  std::vector<uint8_t> codes(256, kUnknownAction);
  const std::vector<std::string> own = ranker.action_names();
  for (size_t code = 0; code < actions.size(); ++code) {
    const auto found = std::ranges::find(own, actions[code]);
    if (found != own.end()) codes[code] = static_cast<uint8_t>(found - own.begin());
  }
  return codes;
}

std::vector<ScoredItem> scored_items(std::span<const ListedItem> list) {
  std::vector<ScoredItem> items;
  items.reserve(list.size());
  for (const ListedItem& one : list) items.push_back({one.item, one.score});
  return items;
}

// Of the last good list what may be shown now; items that retrieval found this time keep their row.
std::vector<ListedItem> candidates_of(const std::vector<ScoredItem>& good,
                                      std::span<const ListedItem> list,
                                      const ItemGate::Pass& gate) {
  std::unordered_map<uint32_t, uint32_t> rows;
  for (const ListedItem& one : list) rows.emplace(static_cast<uint32_t>(one.item), one.row);
  std::vector<ListedItem> candidates;
  for (const ScoredItem& scored : good) {
    if (!gate.allows(scored.item)) continue;
    const auto row = rows.find(static_cast<uint32_t>(scored.item));
    candidates.push_back({scored.item, scored.score, row == rows.end() ? kNoRow : row->second});
  }
  return candidates;
}

}  // namespace

// All that the call touches, so that it may be left behind.
struct RankStage::Call {
  std::shared_ptr<const Model> model;
  SharedQuestion question;
  OwnedHistory history;  // in the stage's ids, where those differ
  bool own_history = false;
  std::vector<ItemId> candidates;  // the stage's ids
  std::vector<float> scores;       // (candidates) or empty
  std::vector<uint32_t> ranks;     // (candidates) or empty
  size_t unknown = 0;              // candidates that the ranker does not know
  std::vector<float> out;          // (candidates)
  // Only in a trace: (candidates, heads) where there are several, (candidates, features).
  std::vector<float> by_head, features;

  void work() {
    const auto& user_id = question->request.user_id;
    const auto user = user_id ? model->bundle->users.find(*user_id) : std::nullopt;
    const RankRequest request{.user = user ? UserId{*user} : kNoUser,
                              .history = own_history ? history.view() : question->history.view(),
                              .now = question->now,
                              .candidates = candidates,
                              .scores = scores,
                              .ranks = ranks,
                              .context = {},
                              .query = question->request.query,
                              .live = model->bundle->live.get()};
    const Ranker& ranker = *model->bundle->ranker;
    out.resize(candidates.size());
    ranker.score({&request, 1}, out);
    for (const float score : out) {
      if (!std::isfinite(score)) throw NotANumber("a score of its list is no number");
    }
    if (question->request.trace) explain(ranker, request);
  }

  void explain(const Ranker& ranker, const RankRequest& request) {
    features.resize(candidates.size() * ranker.feature_names().size());
    ranker.features(request, features);
    if (ranker.heads().size() < 2) return;
    by_head.resize(candidates.size() * ranker.heads().size());
    ranker.score_heads({&request, 1}, by_head);
  }
};

RankStage::RankStage(const StageConfig& config, size_t scores_of,
                     std::shared_ptr<const RankerBundle> bundle,
                     std::shared_ptr<const RankerBundle> other, const CascadeCatalogue& catalogue,
                     const std::vector<std::string>& actions, const StageSurroundings& around)
    : config_(config),
      scores_of_(scores_of),
      model_(std::make_shared<const Model>(Model{bundle, IdTranslation(catalogue, bundle->items),
                                                 codes_for(actions, *bundle->ranker)})),
      guard_(config.time_ms, around.breaker, around.threads) {
  if (config.fallback == Fallback::kLastGood) {
    last_good_ = std::make_unique<LastGood>(around.last_good_users);
  } else if (config.fallback == Fallback::kBundle) {
    other_ = std::make_unique<RankStage>(config.other.front(), scores_of, std::move(other), nullptr,
                                         catalogue, actions, around);
  }
}

// An item that the retriever did not list has its lowest score, which none beyond the list exceeds,
// and no rank.
std::shared_ptr<RankStage::Call> RankStage::make_call(const SharedQuestion& question,
                                                      std::span<const ListedItem> list,
                                                      const Sources& sources) const {
  auto call = std::make_shared<Call>();
  call->model = model_;
  call->question = question;
  call->own_history = !model_->ids.same() || !question->history.actions.empty();
  if (call->own_history) {
    call->history = to_own_history(question->history, model_->ids, model_->action_codes);
  }
  call->candidates.reserve(list.size());
  call->ranks.reserve(list.size());
  call->scores.reserve(list.size());
  float lowest = std::numeric_limits<float>::infinity();
  for (const ListedItem& one : list) {
    const ItemId own = model_->ids.to_own(one.item);
    call->candidates.push_back(own);
    call->unknown += own == kNoItem;
    const auto found = sources.of(one.row);
    const Source source = found.empty() ? Source{} : found[scores_of_];
    call->ranks.push_back(source.rank);
    call->scores.push_back(source.score);
    if (source.rank > 0) lowest = std::min(lowest, source.score);
  }
  if (std::isinf(lowest)) {
    call->ranks.clear();
    call->scores.clear();
  }
  for (size_t i = 0; i < call->scores.size(); ++i) {
    if (call->ranks[i] == 0) call->scores[i] = lowest;
  }
  return call;
}

void RankStage::cut(std::vector<ListedItem>& list, Trace* trace) const {
  for (size_t place = config_.keep; trace && place < list.size(); ++place) {
    trace->drop(list[place].item, config_.name,
                "place " + std::to_string(place + 1) + " of " + std::to_string(list.size()) +
                    ", the stage keeps " + std::to_string(config_.keep));
  }
  if (list.size() > config_.keep) list.resize(config_.keep);
}

std::vector<ListedItem> RankStage::rank(const SharedQuestion& question,
                                        std::vector<ListedItem> list, const Sources& sources,
                                        const ItemGate::Pass& gate,
                                        std::vector<StageRecord>& records, Trace* trace) const {
  const auto began = std::chrono::steady_clock::now();
  StageRecord record{.name = config_.name, .in = list.size()};
  if (list.empty()) {
    records.push_back(record);
    return list;
  }
  const std::shared_ptr<Call> call = make_call(question, list, sources);
  record.unknown = call->unknown;
  record.fault = guard_.run([call] { call->work(); });
  const auto took = std::chrono::steady_clock::now() - began;
  record.seconds = std::chrono::duration<double>(took).count();
  if (record.fault) {
    return stand_in(question, std::move(list), sources, gate, std::move(record), records, trace);
  }

  const std::vector<uint32_t> order = falling_order(call->out);
  std::vector<ListedItem> ranked;
  ranked.reserve(list.size());
  for (const uint32_t i : order) ranked.push_back({list[i].item, call->out[i], list[i].row});
  record.scores = sample_scores(ranked.size(), [&](size_t i) { return ranked[i].score; });
  cut(ranked, trace);
  record.out = ranked.size();
  records.push_back(std::move(record));
  if (last_good_ && question->request.user_id) {
    last_good_->keep(*question->request.user_id, scored_items(ranked));
  }
  if (!trace) return ranked;
  explain(*call, order, trace->add(config_.name, ranked));
  return ranked;
}

// `order`: which candidate of the call stands at each place.
void RankStage::explain(const Call& call, const std::vector<uint32_t>& order,
                        TracedStage& traced) const {
  const Ranker& ranker = *model_->bundle->ranker;
  const auto row = [](const std::vector<float>& rows, size_t i, size_t width) {
    const auto from = rows.begin() + static_cast<ptrdiff_t>(i * width);
    return std::vector<float>(from, from + static_cast<ptrdiff_t>(width));
  };
  if (!call.by_head.empty()) {
    for (const Head& head : ranker.heads()) traced.heads.push_back(head.name);
  }
  traced.features = ranker.feature_names();
  for (size_t place = 0; place < traced.out.size(); ++place) {
    traced.out[place].heads = row(call.by_head, order[place], traced.heads.size());
    traced.out[place].features = row(call.features, order[place], traced.features.size());
  }
}

std::vector<ListedItem> RankStage::stand_in(const SharedQuestion& question,
                                            std::vector<ListedItem> list, const Sources& sources,
                                            const ItemGate::Pass& gate, StageRecord record,
                                            std::vector<StageRecord>& records, Trace* trace) const {
  if (other_) {
    record.fallback = "bundle";
    records.push_back(std::move(record));
    return other_->rank(question, std::move(list), sources, gate, records, trace);
  }
  record.fallback = "skip";
  if (last_good_ && question->request.user_id) {
    if (const auto good = last_good_->find(*question->request.user_id)) {
      std::vector<ListedItem> shown = candidates_of(*good, list, gate);
      if (!shown.empty()) {
        record.fallback = "last_good";
        list = std::move(shown);
      }
    }
  }
  cut(list, trace);
  record.out = list.size();
  records.push_back(std::move(record));
  if (trace) trace->add(config_.name, list);
  return list;
}

}  // namespace kaskad
