#include "kaskad/cascade/cascade.h"

#include <algorithm>
#include <set>

#include "kaskad/core/error.h"
#include "kaskad/core/hash.h"

namespace kaskad {
namespace {

std::vector<const IdMap*> maps_of(const CascadeParts& parts) {
  std::vector<const IdMap*> maps;
  for (const RetrieverPair& pair : parts.retrievers) {
    maps.push_back(&pair.model->items);
    if (pair.other) maps.push_back(&pair.other->items);
  }
  return maps;
}

// Of all rankers, each once; the codes of a request's history.
std::vector<std::string> actions_of(const CascadeParts& parts) {
  std::vector<std::string> names;
  for (const auto& bundle :
       {parts.prerank.model, parts.prerank.other, parts.rank.model, parts.rank.other}) {
    if (!bundle) continue;
    for (const std::string& name : bundle->ranker->action_names()) {
      const bool is_new = std::ranges::find(names, name) == names.end();
      if (is_new && names.size() < kUnknownAction) names.push_back(name);
    }
  }
  return names;
}

size_t number_of(const CascadeConfig& config, const std::string& name) {
  for (size_t i = 0; i < config.retrievers.size(); ++i) {
    if (config.retrievers[i].name == name) return i;
  }
  return 0;
}

std::string version_of(const CascadeConfig& config, const CascadeParts& parts) {
  Hasher hasher;
  hasher.add(config.text);
  for (const RetrieverPair& pair : parts.retrievers) {
    hasher.add(pair.model->hash);
    if (pair.other) hasher.add(pair.other->hash);
  }
  for (const auto& bundle :
       {parts.prerank.model, parts.prerank.other, parts.rank.model, parts.rank.other}) {
    if (bundle) hasher.add(bundle->hash);
  }
  if (parts.items) hasher.add(parts.items->hash()).add(parts.items->item_features_hash());
  if (parts.available) {
    for (const std::string& id : *parts.available) hasher.add("\n" + id);
  }
  return hasher.hex().substr(0, 12);
}

}  // namespace

Cascade::Cascade(CascadeConfig config, CascadeParts parts, std::shared_ptr<StageThreads> threads)
    : config_(std::move(config)),
      parts_(std::move(parts)),
      catalogue_(maps_of(parts_)),
      facts_(parts_.items, catalogue_),
      action_names_(actions_of(parts_)),
      gate_(catalogue_.size()),
      version_(version_of(config_, parts_)),
      marks_([count = catalogue_.size()] { return std::make_unique<Marks>(count); }) {
  KASKAD_ASSERT(parts_.retrievers.size() == config_.retrievers.size());
  const StageSurroundings around{config_.breaker, config_.last_good_users, std::move(threads)};
  for (size_t i = 0; i < config_.retrievers.size(); ++i) {
    const RetrieverPair& pair = parts_.retrievers[i];
    retrievers_.push_back(std::make_unique<RetrieveStage>(config_.retrievers[i], i, pair.model,
                                                          pair.other, catalogue_, around));
  }
  const auto ranker = [&](const std::optional<StageConfig>& stage, const RankerPair& pair) {
    if (!stage) return std::unique_ptr<RankStage>();
    return std::make_unique<RankStage>(*stage, number_of(config_, stage->scores_of), pair.model,
                                       pair.other, catalogue_, action_names_, around);
  };
  prerank_ = ranker(config_.prerank, parts_.prerank);
  rank_ = ranker(config_.rank, parts_.rank);
  for (const auto& stage : retrievers_) {
    const bool named = config_.histories.empty() || stage->config().name == config_.histories;
    if (!histories_ && named && stage->bundle().users.size() > 0) histories_ = stage.get();
  }
  if (!histories_ && !config_.histories.empty()) {
    throw Error(config_.histories_place.text + ": found '" + config_.histories +
                "', expected a retriever whose bundle stores histories");
  }
  check_times();
  make_gate();
  blender_ = std::make_unique<const Blender>(config_.blend, catalogue_, facts_, time_kind());
}

void Cascade::check_times() const {
  const auto check = [&](const StageConfig& stage, TimeKind kind) {
    if (kind == time_kind()) return;
    const auto name = [](TimeKind one) {
      return one == TimeKind::kClock ? "a log with a clock" : "a log of order numbers";
    };
    throw Error(stage.place.text + ": found a model of " + std::string(name(kind)) +
                ", expected one of " + name(time_kind()) + " as '" +
                retrievers_.front()->config().name + "' is");
  };
  for (const auto& stage : retrievers_) {
    check(stage->config(), stage->bundle().time_kind);
    if (stage->other()) check(stage->other()->config(), stage->other()->bundle().time_kind);
  }
  for (const RankStage* stage : {prerank_.get(), rank_.get()}) {
    if (!stage) continue;
    check(stage->config(), stage->bundle().time_kind);
    if (stage->other()) check(stage->other()->config(), stage->other()->bundle().time_kind);
  }
}

void Cascade::make_gate() {
  std::vector<uint8_t> blocked(catalogue_.size());
  for (const std::string& id : config_.banned) {
    if (const auto item = catalogue_.find(id)) blocked[index(*item)] = 1;
  }
  gate_.block(blocked, "banned");
  if (parts_.available) {
    blocked.assign(catalogue_.size(), 1);
    for (const std::string& id : *parts_.available) {
      if (const auto item = catalogue_.find(id)) blocked[index(*item)] = 0;
    }
    gate_.block(blocked, "not available");
  }
  for (const FilterRule& rule : config_.rules) {
    try {
      blocked = facts_.evaluate(rule.rule);
      for (uint8_t& one : blocked) one = rule.keep ? !one : one;
      gate_.block(blocked, "rule '" + rule.name + "'");
    } catch (const Error& error) {
      throw Error(rule.place.text + ", " + error.what());
    }
  }
}

std::string_view Cascade::title(ItemId item) const {
  for (const auto& stage : retrievers_) {
    const ItemId own = stage->ids().to_own(item);
    if (own == kNoItem) continue;
    const std::string_view title = stage->bundle().title(own);
    if (!title.empty()) return title;
  }
  return {};
}

OwnedHistory Cascade::stored_history(const std::string& user_id, bool& known) const {
  OwnedHistory history;
  const Bundle& bundle = histories_->bundle();
  const auto user = bundle.users.find(user_id);
  known = user.has_value();
  if (!user) return history;
  const History stored = bundle.history(UserId{*user});
  for (size_t event = 0; event < stored.size(); ++event) {
    const ItemId item = histories_->ids().to_catalogue(stored.items[event]);
    if (item == kNoItem) continue;
    history.items.push_back(item);
    history.times.push_back(stored.times[event]);
  }
  return history;
}

SharedQuestion Cascade::resolve(CascadeRequest request, CascadeAnswer& answer) const {
  auto question = std::make_shared<Question>();
  OwnedHistory& history = question->history;
  if (request.history) {
    history = *std::move(request.history);
  } else if (request.user_id && histories_) {
    bool known = false;
    history = stored_history(*request.user_id, known);
    answer.known_user = known;
  }
  int64_t now = std::numeric_limits<int64_t>::min();
  for (const auto& stage : retrievers_) now = std::max(now, stage->bundle().now);
  if (!history.times.empty()) now = std::max(now, history.times.back());
  now = request.now.value_or(now);
  if (history.times.empty()) history.times.assign(history.items.size(), now);
  const auto later = std::upper_bound(history.times.begin(), history.times.end(), now);
  const auto count = static_cast<size_t>(later - history.times.begin());
  history.items.resize(count);
  history.times.resize(count);
  if (!history.actions.empty()) history.actions.resize(count);
  history.weights.assign(count, 1.0F);
  question->now = now;
  question->request = std::move(request);
  answer.history_length = count;
  return question;
}

Cascade::Lists Cascade::retrieve(const SharedQuestion& question, CascadeAnswer& answer) const {
  Lists lists;
  const auto spare = [&](const RetrieveStage& stage) {
    return std::min(gate_.num_blocked(), stage.config().keep);
  };
  std::vector<std::shared_ptr<RetrieveStage::Running>> running;
  if (config_.parallel_retrieval) {
    for (const auto& stage : retrievers_) {
      running.push_back(stage->begin(question, spare(*stage), true));
    }
  }
  for (size_t i = 0; i < retrievers_.size(); ++i) {
    const RetrieveStage& stage = *retrievers_[i];
    lists.push_back(stage.finish(
        running.empty() ? stage.begin(question, spare(stage), false) : running[i], answer.stages));
    if (!answer.trace) continue;
    TracedStage& traced = answer.trace->stages.emplace_back();
    traced.name = stage.config().name;
    for (const ScoredItem& one : lists.back()) traced.out.push_back({one.item, one.score, {}});
  }
  return lists;
}

// Reciprocal rank fusion (Cormack, Clarke and Buettcher 2009): scores of retrievers have no common
// scale, ranks do.
Cascade::Union Cascade::unite(Lists lists, const ItemGate::Pass& gate,
                              CascadeAnswer& answer) const {
  constexpr float kOffset = 60;
  const auto began = std::chrono::steady_clock::now();
  StageRecord record{.name = kFilter};
  Trace* trace = answer.trace ? &*answer.trace : nullptr;
  Union all;
  all.sources.retrievers = lists.size();
  Pool<Marks>::Loan marks(marks_);
  for (size_t retriever = 0; retriever < lists.size(); ++retriever) {
    record.in += lists[retriever].size();
    const size_t quota = retrievers_[retriever]->config().keep;
    uint32_t rank = 0;
    for (const ScoredItem& scored : lists[retriever]) {
      if (!gate.allows(scored.item)) {
        if (trace) trace->drop(scored.item, kFilter, *gate.why_not(scored.item));
        continue;
      }
      if (rank == quota) {
        if (trace) {
          trace->drop(scored.item, kFilter,
                      "beyond the quota of " + std::to_string(quota) + " of '" +
                          retrievers_[retriever]->config().name + "'");
        }
        continue;
      }
      ++rank;
      uint32_t& row = marks->rows[index(scored.item)];
      if (row == kNoRow) {
        row = static_cast<uint32_t>(all.list.size());
        all.list.push_back({scored.item, 0, row});
        all.sources.values.resize(all.sources.values.size() + lists.size());
      }
      Source& source = all.sources.values[row * lists.size() + retriever];
      if (source.rank > 0) continue;  // an item twice in one list counts once
      source = {rank, scored.score};
      all.list[row].score += 1 / (kOffset + static_cast<float>(rank));
    }
  }
  for (const ListedItem& one : all.list) marks->rows[index(one.item)] = kNoRow;
  std::stable_sort(all.list.begin(), all.list.end(),
                   [](const ListedItem& a, const ListedItem& b) { return a.score > b.score; });
  record.out = all.list.size();
  record.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  answer.stages.push_back(record);
  if (trace) trace->add(kFilter, all.list);
  return all;
}

CascadeAnswer Cascade::recommend(CascadeRequest request) const {
  CascadeAnswer answer;
  if (request.trace) answer.trace.emplace();
  const SharedQuestion question = resolve(std::move(request), answer);
  const ItemGate::Pass gate(gate_, *question);
  Union all = unite(retrieve(question, answer), gate, answer);
  Trace* trace = answer.trace ? &*answer.trace : nullptr;
  std::vector<ListedItem> list = std::move(all.list);
  for (const RankStage* stage : {prerank_.get(), rank_.get()}) {
    if (!stage) continue;
    list = stage->rank(question, std::move(list), all.sources, gate, answer.stages, trace);
  }
  const auto began = std::chrono::steady_clock::now();
  StageRecord record{.name = Blender::kName, .in = list.size()};
  answer.items = blender_->blend(*question, list, gate, trace);
  record.out = answer.items.size();
  record.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  answer.stages.push_back(record);
  answer.sources = std::move(all.sources);
  if (question->request.reasons) add_reasons(question, answer);
  if (trace) explain(*question, gate, answer);
  return answer;
}

// A retriever is asked once, for the items that it ranks better than the others do; none that
// failed.
void Cascade::add_reasons(const SharedQuestion& question, CascadeAnswer& answer) const {
  const size_t none = retrievers_.size();
  std::vector<size_t> best(answer.items.size(), none);  // (items) the retriever
  for (size_t i = 0; i < best.size(); ++i) {
    const auto sources = answer.sources.of(answer.items[i].row);
    for (size_t r = 0; r < sources.size(); ++r) {
      if (sources[r].rank == 0) continue;
      if (best[i] == none || sources[r].rank < sources[best[i]].rank) best[i] = r;
    }
  }
  for (size_t r = 0; r < retrievers_.size(); ++r) {
    const RetrieveStage& stage = *retrievers_[r];
    const auto record = std::ranges::find(answer.stages, stage.config().name, &StageRecord::name);
    if (record == answer.stages.end() || record->fault) continue;
    std::vector<ItemId> items;
    std::vector<size_t> places;
    for (size_t i = 0; i < best.size(); ++i) {
      if (best[i] != r) continue;
      items.push_back(answer.items[i].item);
      places.push_back(i);
    }
    if (items.empty()) continue;
    auto reasons = stage.explain(question, items);
    for (size_t i = 0; i < places.size(); ++i) {
      answer.items[places[i]].because = std::move(reasons[i]);
    }
  }
}

// The last thing that happened to the item.
void Cascade::explain(const Question& question, const ItemGate::Pass& gate,
                      CascadeAnswer& answer) const {
  const auto item = question.request.traced_item;
  if (!item) return;
  const auto shown = std::ranges::find(answer.items, *item, &AnsweredItem::item);
  if (shown != answer.items.end()) {
    answer.why_not =
        "it is in the answer, at position " + std::to_string(shown - answer.items.begin() + 1);
    return;
  }
  const std::vector<Drop>& drops = answer.trace->drops;
  const auto drop = std::find_if(drops.rbegin(), drops.rend(),
                                 [&](const Drop& one) { return one.item == *item; });
  if (const auto why = gate.why_not(*item)) {
    answer.why_not = "it may not be shown: " + *why;
  } else if (drop != drops.rend()) {
    answer.why_not = "dropped by '" + std::string(drop->stage) + "': " + drop->why;
  } else {
    answer.why_not = "no retriever found it";
  }
}

}  // namespace kaskad
