#include "kaskad/cascade/cascade.h"

#include <algorithm>
#include <limits>

#include "kaskad/kernels/top_k.h"

namespace kaskad {

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
  known = false;
  if (!histories_) return history;
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
  int64_t now = request.newest.value_or(std::numeric_limits<int64_t>::min());
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

namespace {

// By falling score, equal ones in their order.
std::vector<ListedItem> in_order(const std::vector<ListedItem>& list) {
  std::vector<float> scores(list.size());
  for (size_t i = 0; i < list.size(); ++i) scores[i] = list[i].score;
  std::vector<ListedItem> ordered;
  ordered.reserve(list.size());
  for (const uint32_t place : falling_order(scores)) ordered.push_back(list[place]);
  return ordered;
}

}  // namespace

// Reciprocal rank fusion (Cormack, Clarke and Buettcher 2009): scores of retrievers have no common
// scale, ranks do.
Cascade::Union Cascade::unite(Lists lists, const ItemGate::Pass& gate,
                              CascadeAnswer& answer) const {
  constexpr float kOffset = 60;
  constexpr size_t kAhead = 16;  // items whose marks are asked for before they are looked at
  const auto began = std::chrono::steady_clock::now();
  StageRecord record{.name = kFilter};
  Trace* trace = answer.trace ? &*answer.trace : nullptr;
  Union all;
  all.sources.retrievers = lists.size();
  size_t most = 0;
  for (const auto& list : lists) most += list.size();
  all.list.reserve(most);
  all.sources.values.reserve(most * lists.size());
  Pool<Marks>::Loan marks(marks_);
  for (size_t retriever = 0; retriever < lists.size(); ++retriever) {
    record.in += lists[retriever].size();
    const size_t quota = retrievers_[retriever]->config().keep;
    uint32_t rank = 0;
    for (size_t i = 0; i < lists[retriever].size(); ++i) {
      const ScoredItem& scored = lists[retriever][i];
      if (i + kAhead < lists[retriever].size()) {
        const ItemId next = lists[retriever][i + kAhead].item;
        gate.prefetch(next);
        __builtin_prefetch(marks->rows.data() + index(next));
      }
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
  all.list = in_order(all.list);
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
    if (!stage || !stage->config().answers(question->request.query)) continue;
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
