#include "kaskad/cascade/retrieve_stage.h"

#include <algorithm>
#include <cmath>

namespace kaskad {
namespace {

using RetrieveClock = std::chrono::steady_clock;

double seconds_since(RetrieveClock::time_point began) {
  return std::chrono::duration<double>(RetrieveClock::now() - began).count();
}

void check_row(std::vector<ScoredItem>& row, size_t num_items) {
  std::erase_if(row, [](const ScoredItem& scored) { return scored.item == kNoItem; });
  for (const ScoredItem& scored : row) {
    if (index(scored.item) >= num_items) {
      throw NotANumber("it gave the item number " + std::to_string(index(scored.item)) + " of " +
                       std::to_string(num_items));
    }
    if (!std::isfinite(scored.score)) throw NotANumber("a score of its list is no number");
  }
}

}  // namespace

// All that the call touches, so that it may be left behind.
struct RetrieveStage::Call {
  std::shared_ptr<const Model> model;
  SharedQuestion question;
  size_t number = 0;
  OwnedHistory history;  // in the stage's ids, where those differ
  std::vector<ItemId> exclude, allow;
  std::vector<ScoredItem> row;
  std::vector<ItemId> explained;                   // the stage's ids
  std::vector<std::vector<Contribution>> reasons;  // (explained)

  void translate() {
    const CascadeRequest& request = question->request;
    exclude = to_own_ids(request.exclude, model->ids);
    if (request.allow) allow = to_own_ids(*request.allow, model->ids);
    if (!model->ids.same()) history = to_own_history(question->history, model->ids, {});
  }

  FeatureRow user_features() const {
    const CascadeRequest& request = question->request;
    if (!request.user_features.empty()) return request.user_features[number];
    if (!request.user_id) return {};
    const auto user = model->bundle->users.find(*request.user_id);
    return user ? model->bundle->features(UserId{*user}) : FeatureRow{};
  }

  Query query() const {
    return {.history = model->ids.same() ? question->history.view() : history.view(),
            .user_features = user_features(),
            .now = question->now,
            .exclude_seen = question->request.exclude_seen,
            .exclude = exclude,
            .allow = allow,
            .text = question->request.query};
  }

  void retrieve() {
    const Query asked = query();
    model->bundle->retriever->retrieve({&asked, 1}, row.size(), row);
    check_row(row, model->bundle->items.size());
  }

  void explain() { reasons = model->bundle->retriever->explain(query(), explained); }
};

struct RetrieveStage::Running {
  RetrieveClock::time_point began = RetrieveClock::now();
  size_t asked = 0;
  std::shared_ptr<Call> call;
  std::shared_ptr<StageGuard::Call> guarded;  // null: nothing is asked, or nothing allowed
};

RetrieveStage::RetrieveStage(const StageConfig& config, size_t number,
                             std::shared_ptr<const Bundle> bundle,
                             std::shared_ptr<const Bundle> other, const CascadeCatalogue& catalogue,
                             const StageSurroundings& around)
    : config_(config),
      number_(number),
      model_(std::make_shared<const Model>(Model{bundle, IdTranslation(catalogue, bundle->items)})),
      guard_(config.time_ms, around.breaker, around.threads) {
  if (config.fallback == Fallback::kLastGood) {
    last_good_ = std::make_unique<LastGood>(around.last_good_users);
  } else if (config.fallback == Fallback::kBundle) {
    other_ = std::make_unique<RetrieveStage>(config.other.front(), number, std::move(other),
                                             nullptr, catalogue, around);
  }
}

std::shared_ptr<RetrieveStage::Call> RetrieveStage::make_call(
    const SharedQuestion& question) const {
  auto call = std::make_shared<Call>();
  call->model = model_;
  call->question = question;
  call->number = number_;
  call->translate();
  return call;
}

std::shared_ptr<RetrieveStage::Running> RetrieveStage::begin(const SharedQuestion& question,
                                                             size_t spare, bool own_thread) const {
  auto running = std::make_shared<Running>();
  running->asked = config_.keep + spare;
  running->call = make_call(question);
  if (!config_.answers(question->request.query)) return running;
  // An empty list would mean all items to the retriever.
  if (question->request.allow && running->call->allow.empty()) return running;
  running->call->row.resize(std::min(running->asked, model_->bundle->items.size()));
  running->guarded = guard_.start([call = running->call] { call->retrieve(); }, own_thread);
  return running;
}

std::vector<ScoredItem> RetrieveStage::finish(const std::shared_ptr<Running>& running,
                                              std::vector<StageRecord>& records) const {
  StageRecord record{.name = config_.name};
  if (!running->guarded) {
    records.push_back(record);
    return {};
  }
  record.fault = guard_.finish(*running->guarded);
  record.seconds = seconds_since(running->began);
  if (record.fault) return stand_in(*running, std::move(record), records);
  std::vector<ScoredItem> list = std::move(running->call->row);
  const auto& ids = model_->ids;
  if (!ids.same()) {
    for (ScoredItem& scored : list) scored.item = ids.to_catalogue(scored.item);
    std::erase_if(list, [](const ScoredItem& scored) { return scored.item == kNoItem; });
  }
  record.out = list.size();
  record.scores = sample_scores(list.size(), [&](size_t i) { return list[i].score; });
  records.push_back(std::move(record));
  if (const auto key = last_good_key(*running->call->question)) last_good_->keep(*key, list);
  return list;
}

std::optional<std::string> RetrieveStage::last_good_key(const Question& question) const {
  const CascadeRequest& request = question.request;
  if (!last_good_ || !request.user_id) return std::nullopt;
  std::string key = *request.user_id;
  if (model_->bundle->retriever->reads_query()) key.append(1, '\0').append(request.query);
  return key;
}

std::vector<ScoredItem> RetrieveStage::stand_in(const Running& running, StageRecord record,
                                                std::vector<StageRecord>& records) const {
  const SharedQuestion& question = running.call->question;
  record.fallback = "skip";
  if (other_) {
    record.fallback = "bundle";
    records.push_back(std::move(record));
    return other_->finish(other_->begin(question, running.asked - config_.keep, false), records);
  }
  std::optional<std::vector<ScoredItem>> good;
  if (const auto key = last_good_key(*question)) good = last_good_->find(*key);
  if (good) record.fallback = "last_good";
  record.out = good ? good->size() : 0;
  records.push_back(std::move(record));
  return good ? *std::move(good) : std::vector<ScoredItem>{};
}

std::vector<std::vector<Reason>> RetrieveStage::explain(const SharedQuestion& question,
                                                        std::span<const ItemId> items) const {
  std::vector<std::vector<Reason>> found(items.size());
  const std::shared_ptr<Call> call = make_call(question);
  call->explained = to_own_ids(items, model_->ids);
  if (guard_.run([call] { call->explain(); })) return found;
  std::vector<size_t> events;  // of the question's history, those that the stage knows
  for (size_t event = 0; event < question->history.items.size(); ++event) {
    if (model_->ids.to_own(question->history.items[event]) != kNoItem) events.push_back(event);
  }
  for (size_t i = 0; i < found.size() && i < call->reasons.size(); ++i) {
    for (const Contribution& one : call->reasons[i]) {
      const size_t event = events.at(one.position);
      found[i].push_back({event, question->history.items[event], one.share});
    }
  }
  return found;
}

}  // namespace kaskad
