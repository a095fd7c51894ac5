// Retrievers and rankers that do what a test says: a list, a throw, NaN, or hanging until they are
// let go. And a cascade of them, without files but for the ids.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "kaskad/cascade/cascade.h"
#include "kaskad/model/top_k.h"
#include "tests/temp_dir.h"

namespace kaskad {

enum class Mood { kGood, kThrows, kNan, kHangs };

// What a model of a test does when it is called; shared with the test.
struct Behaviour {
  std::atomic<Mood> mood{Mood::kGood};
  std::atomic<size_t> calls{0};
  std::atomic<bool> held{true};
  std::atomic<bool> reads_query{false};  // of a retriever

  ~Behaviour() { let_go(); }
  void let_go() {
    held = false;
    held.notify_all();
  }
  // What a retriever was last asked for.
  void searched(std::string_view text) {
    const std::lock_guard lock(mutex);
    query = text;
  }
  std::string last_query() {
    const std::lock_guard lock(mutex);
    return query;
  }
  // False: the answer is NaN.
  bool act() {
    ++calls;
    if (mood == Mood::kThrows) throw std::runtime_error("thrown on purpose");
    if (mood == Mood::kHangs) held.wait(true);
    return mood != Mood::kNan;
  }

  std::mutex mutex;
  std::string query;
};

// Gives the items of `order` with scores order.size(), order.size() - 1, ... that the query lets
// through.
class ListRetriever : public Retriever {
 public:
  ListRetriever(std::vector<uint32_t> order, size_t num_items, std::shared_ptr<Behaviour> behaviour)
      : order_(std::move(order)), num_items_(num_items), behaviour_(std::move(behaviour)) {}

  std::string kind() const override { return "list"; }
  size_t num_items() const override { return num_items_; }
  bool reads_query() const override { return behaviour_->reads_query; }

  void retrieve(std::span<const Query> queries, size_t k,
                std::span<ScoredItem> out) const override {
    const bool good = behaviour_->act();
    if (!queries.empty()) behaviour_->searched(queries[0].text);
    ItemFilter filter(num_items_);
    for (size_t q = 0; q < queries.size(); ++q) {
      filter.set(queries[q]);
      for (const ItemId item : queries[q].history.items) EXPECT_LT(index(item), num_items_);
      size_t used = 0;
      for (size_t i = 0; i < order_.size() && used < k; ++i) {
        if (!filter.allows(ItemId{order_[i]})) continue;
        const float score =
            good ? static_cast<float>(order_.size() - i) : std::numeric_limits<float>::quiet_NaN();
        out[q * k + used++] = {ItemId{order_[i]}, score};
      }
      std::fill(out.begin() + static_cast<ptrdiff_t>(q * k + used),
                out.begin() + static_cast<ptrdiff_t>((q + 1) * k), ScoredItem{});
    }
  }
  // Each event of the history brings as much as its item's number.
  std::vector<std::vector<Contribution>> explain(const Query& query,
                                                 std::span<const ItemId> items) const override {
    behaviour_->act();
    std::vector<Contribution> one;
    for (uint32_t at = 0; at < query.history.size(); ++at) {
      one.push_back({at, static_cast<float>(index(query.history.items[at]))});
    }
    return std::vector<std::vector<Contribution>>(items.size(), one);
  }
  void score_all(const Query&, std::span<float> scores) const override {
    std::fill(scores.begin(), scores.end(), 0.0F);
  }

 private:
  const std::vector<uint32_t> order_;
  const size_t num_items_;
  const std::shared_ptr<Behaviour> behaviour_;
};

// Score of item i: scores[i], or -1 for one that it does not know. Remembers what it was asked.
class TableRanker : public Ranker {
 public:
  struct Asked {
    std::vector<float> scores;
    std::vector<uint32_t> ranks;
    std::vector<ItemId> history;
    std::string query;
  };

  TableRanker(std::vector<float> scores, std::shared_ptr<Behaviour> behaviour)
      : scores_(std::move(scores)), behaviour_(std::move(behaviour)) {}

  std::string kind() const override { return "table"; }
  size_t num_items() const override { return scores_.size(); }
  const std::vector<Head>& heads() const override { return heads_; }

  std::vector<std::string> feature_names() const override { return {"number", "nothing"}; }
  void features(const RankRequest& request, std::span<float> out) const override {
    float* to = out.data();
    for (const ItemId item : request.candidates) {
      *to++ = static_cast<float>(index(item));
      *to++ = std::numeric_limits<float>::quiet_NaN();
    }
  }

  void score_heads(std::span<const RankRequest> requests, std::span<float> out) const override {
    const bool good = behaviour_->act();
    size_t at = 0;
    for (const RankRequest& request : requests) {
      for (const ItemId item : request.candidates) {
        const float score = index(item) < scores_.size() ? scores_[index(item)] : -1;
        out[at++] = good ? score : std::numeric_limits<float>::quiet_NaN();
      }
      const std::lock_guard lock(mutex_);
      asked_ = {{request.scores.begin(), request.scores.end()},
                {request.ranks.begin(), request.ranks.end()},
                {request.history.items.begin(), request.history.items.end()},
                std::string(request.query)};
    }
  }
  Asked asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  const std::vector<float> scores_;
  const std::shared_ptr<Behaviour> behaviour_;
  const std::vector<Head> heads_ = {{"next", 1}};
  mutable std::mutex mutex_;
  mutable Asked asked_;
};

// A cascade whose models a test gives.
class CascadeBuilder {
 public:
  CascadeBuilder() { config.path = "cascade.toml"; }

  // Items "i0" .. of `count`, from `first` on.
  IdMap ids(size_t count, size_t first = 0) {
    std::vector<std::string> names;
    for (size_t i = 0; i < count; ++i) names.push_back("i" + std::to_string(first + i));
    return write_ids(names);
  }

  StageConfig& retriever(const std::string& name, std::vector<uint32_t> order, size_t quota,
                         size_t num_items = 10, size_t first = 0) {
    parts.retrievers.push_back(
        {list_bundle(std::move(order), num_items, first, behaviour(name)), {}});
    StageConfig stage;
    stage.name = name;
    stage.keep = quota;
    stage.place.text = "cascade.toml, key '" + name + "'";
    return config.retrievers.emplace_back(std::move(stage));
  }
  // Lets the last retriever fall back to another list.
  void retriever_falls_back(std::vector<uint32_t> order) {
    StageConfig& stage = config.retrievers.back();
    StageConfig other;
    other.name = stage.name + ".fallback";
    other.keep = stage.keep;
    parts.retrievers.back().other = list_bundle(std::move(order), 10, 0, behaviour(other.name));
    stage.fallback = Fallback::kBundle;
    stage.other = {other};
  }

  StageConfig& ranker(const std::string& name, std::vector<float> scores, size_t keep) {
    RankerPair& pair = name == "rank" ? parts.rank : parts.prerank;
    pair.model = table_bundle(std::move(scores), behaviour(name));
    StageConfig stage;
    stage.name = name;
    stage.keep = keep;
    stage.scores_of = config.retrievers.front().name;
    stage.place.text = "cascade.toml, key '" + name + "'";
    auto& slot = name == "rank" ? config.rank : config.prerank;
    slot = stage;
    return *slot;
  }
  void rank_falls_back(std::vector<float> scores) {
    StageConfig other = *config.rank;
    other.name = "rank.fallback";
    other.time_ms = 0;
    other.fallback = Fallback::kSkip;
    parts.rank.other = table_bundle(std::move(scores), behaviour(other.name));
    config.rank->fallback = Fallback::kBundle;
    config.rank->other = {other};
  }

  std::shared_ptr<Behaviour> behaviour(const std::string& name) {
    auto& found = behaviours[name];
    if (!found) found = std::make_shared<Behaviour>();
    return found;
  }

  std::unique_ptr<Cascade> build() { return std::make_unique<Cascade>(config, parts, threads); }

  std::shared_ptr<const TableRanker> table(const std::string& name) const {
    const RankerPair& pair = name == "rank" ? parts.rank : parts.prerank;
    return {pair.model, dynamic_cast<const TableRanker*>(pair.model->ranker.get())};
  }

  TempDir directory;
  CascadeConfig config;
  CascadeParts parts;
  std::map<std::string, std::shared_ptr<Behaviour>> behaviours;
  std::shared_ptr<StageThreads> threads = std::make_shared<StageThreads>();

 private:
  IdMap write_ids(const std::vector<std::string>& names) {
    const std::string name = "ids" + std::to_string(maps_++);
    const std::vector<std::string_view> views(names.begin(), names.end());
    write_id_map(directory.path(), name, views);
    return IdMap(directory.path(), name);
  }
  std::shared_ptr<const Bundle> list_bundle(std::vector<uint32_t> order, size_t num_items,
                                            size_t first, std::shared_ptr<Behaviour> does) {
    auto bundle = std::make_shared<Bundle>();
    bundle->kind = "list";
    bundle->hash = "0123456789abcdef";
    bundle->now = 1'000'000'000'000;
    bundle->time_kind = TimeKind::kClock;
    bundle->items = ids(num_items, first);
    bundle->retriever =
        std::make_unique<ListRetriever>(std::move(order), num_items, std::move(does));
    return bundle;
  }
  std::shared_ptr<const RankerBundle> table_bundle(std::vector<float> scores,
                                                   std::shared_ptr<Behaviour> does) {
    auto bundle = std::make_shared<RankerBundle>();
    bundle->kind = "table";
    bundle->hash = "fedcba9876543210";
    bundle->time_kind = TimeKind::kClock;
    bundle->items = ids(scores.size());
    bundle->users = write_ids({"somebody"});
    bundle->ranker = std::make_unique<TableRanker>(std::move(scores), std::move(does));
    return bundle;
  }

  size_t maps_ = 0;
};

inline std::vector<std::string> names_of(const Cascade& cascade, const CascadeAnswer& answer) {
  std::vector<std::string> names;
  for (const AnsweredItem& one : answer.items) {
    names.emplace_back(cascade.catalogue().name(one.item));
  }
  return names;
}

// A request of a user without events.
inline CascadeRequest nobody(size_t k = 10) {
  CascadeRequest request;
  request.history.emplace();
  request.k = k;
  return request;
}

inline CascadeRequest somebody(const std::string& user, size_t k = 10) {
  CascadeRequest request;
  request.user_id = user;
  request.k = k;
  return request;
}

// "stage reason fallback" of each stage that failed.
inline std::vector<std::string> degraded(const CascadeAnswer& answer) {
  std::vector<std::string> found;
  for (const StageRecord& stage : answer.stages) {
    if (!stage.fault) continue;
    found.push_back(std::string(stage.name) + " " + to_string(stage.fault->reason) + " " +
                    std::string(stage.fallback));
  }
  return found;
}

}  // namespace kaskad
