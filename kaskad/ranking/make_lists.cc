#include "kaskad/ranking/make_lists.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <unordered_set>

#include "kaskad/core/error.h"
#include "kaskad/core/parallel.h"
#include "kaskad/eval/case_targets.h"
#include "kaskad/model/top_k.h"

namespace kaskad {
namespace {

constexpr size_t kBatch = 64;

struct Candidate {
  ItemId item;
  float score;
  uint32_t rank;
};

// A list with arrays of its own.
struct OwnedList {
  UserId user;
  int64_t time;
  uint32_t history_end;
  std::vector<uint32_t> missed, ranks;
  std::vector<ItemId> items;
  std::vector<float> scores, labels;

  ImpressionList view() const {
    return {user, time, history_end, missed, items, scores, ranks, {}, labels, {}};
  }
};

// Draws items by popularity^alpha.
class ItemSampler {
 public:
  ItemSampler(std::span<const uint32_t> popularity, double alpha) {
    double sum = 0;
    for (const uint32_t count : popularity) {
      sum += alpha == 0 ? 1 : std::pow(static_cast<double>(count), alpha);
      sums_.push_back(sum);
    }
  }

  ItemId draw(std::mt19937_64& random) const {
    const double at = std::uniform_real_distribution<double>(0, sums_.back())(random);
    const auto found = std::upper_bound(sums_.begin(), sums_.end(), at);
    return ItemId{static_cast<uint32_t>(std::min(found, sums_.end() - 1) - sums_.begin())};
  }

 private:
  std::vector<double> sums_;  // (items) running
};

// Makes the lists of some cases; one per thread.
class ListMaker {
 public:
  ListMaker(const Retriever& retriever, const Dataset& dataset, const ListOptions& options,
            const ItemSampler& sampler)
      : retriever_(retriever),
        dataset_(dataset),
        options_(options),
        sampler_(sampler),
        filter_(dataset.num_items()) {}

  void make(std::span<const EvalCase> cases, std::vector<OwnedList>& lists, ListCounts& counts) {
    std::vector<Query> queries;
    for (const EvalCase& one : cases) {
      queries.push_back(case_query(dataset_, one, options_.exclude_seen));
    }
    rows_.resize(cases.size() * options_.candidates);
    retriever_.retrieve(queries, options_.candidates, rows_);
    for (size_t c = 0; c < cases.size(); ++c) {
      const auto row = std::span(rows_).subspan(c * options_.candidates, options_.candidates);
      make_one(cases[c], queries[c], row, lists, counts);
    }
  }

 private:
  void make_one(const EvalCase& one, const Query& query, std::span<const ScoredItem> row,
                std::vector<OwnedList>& lists, ListCounts& counts) {
    ++counts.requests;
    find_targets(dataset_, one, options_.exclude_seen, targets_);
    if (targets_.items.empty()) {
      ++counts.without_answer;
      return;
    }
    candidates_.clear();
    for (uint32_t r = 0; r < row.size() && row[r].item != kNoItem; ++r) {
      candidates_.push_back({row[r].item, row[r].score, r + 1});
    }
    count_answers(counts);
    if (options_.sample) sample(one, query, counts);
    if (options_.sample && std::none_of(candidates_.begin(), candidates_.end(),
                                        [&](const Candidate& c) { return is_answer(c.item); })) {
      ++counts.without_positive;
      return;
    }
    ++counts.lists;
    counts.candidates += candidates_.size();
    lists.push_back(label(one, query));
  }

  bool is_answer(ItemId item) const {
    return std::find(targets_.items.begin(), targets_.items.end(), item) != targets_.items.end();
  }

  void count_answers(ListCounts& counts) const {
    counts.answers += targets_.items.size();
    for (const Candidate& candidate : candidates_) counts.retrieved += is_answer(candidate.item);
  }

  void sample(const EvalCase& one, const Query& query, ListCounts& counts) {
    std::seed_seq mixed{static_cast<uint32_t>(options_.seed),
                        static_cast<uint32_t>(options_.seed >> 32), static_cast<uint32_t>(one.user),
                        one.history_end};
    std::mt19937_64 random(mixed);
    std::unordered_set<ItemId> offered;  // all retrieved, also those that are not kept
    for (const Candidate& candidate : candidates_) offered.insert(candidate.item);
    keep_some_hard(random);
    extra_.clear();
    if (options_.add_positives) {
      for (const ItemId item : targets_.items) {
        if (!offered.contains(item)) extra_.push_back(item);
      }
      counts.added += extra_.size();
    }
    filter_.set(query);
    // A small catalogue may have fewer items left than are wanted.
    for (size_t tries = 20 * options_.easy, left = options_.easy; left > 0 && tries > 0; --tries) {
      const ItemId item = sampler_.draw(random);
      if (!filter_.allows(item) || is_answer(item) || !offered.insert(item).second) continue;
      extra_.push_back(item);
      --left;
    }
    if (!extra_.empty()) score_extra(query);
  }

  // Answers stay; of the others so many, drawn evenly, in the order of retrieval.
  void keep_some_hard(std::mt19937_64& random) {
    if (options_.hard == 0) return;
    std::vector<size_t> hard;
    for (size_t i = 0; i < candidates_.size(); ++i) {
      if (!is_answer(candidates_[i].item)) hard.push_back(i);
    }
    std::shuffle(hard.begin(), hard.end(), random);
    std::vector<bool> drop(candidates_.size(), false);
    for (size_t h = options_.hard; h < hard.size(); ++h) drop[hard[h]] = true;
    size_t kept = 0;
    for (size_t i = 0; i < candidates_.size(); ++i) {
      if (!drop[i]) candidates_[kept++] = candidates_[i];
    }
    candidates_.resize(kept);
  }

  // Items from beyond the retrieved get the score and rank that they have there, so that a model
  // cannot tell an added answer by its missing score.
  void score_extra(const Query& query) {
    scores_.resize(dataset_.num_items());
    retriever_.score_all(query, scores_);
    std::vector<ScoredItem> sorted;
    for (const ItemId item : extra_) sorted.push_back({item, scores_[index(item)]});
    std::sort(sorted.begin(), sorted.end(), ranks_before);
    std::vector<uint32_t> before(sorted.size() + 1);  // items that rank before sorted[i] first
    for (size_t i = 0; i < scores_.size(); ++i) {
      const ScoredItem other{ItemId{static_cast<uint32_t>(i)}, scores_[i]};
      if (!filter_.allows(other.item)) continue;
      const auto at = std::upper_bound(sorted.begin(), sorted.end(), other, ranks_before);
      ++before[static_cast<size_t>(at - sorted.begin())];
    }
    uint32_t rank = 1;
    const auto least = static_cast<uint32_t>(options_.candidates + 1);
    for (size_t i = 0; i < sorted.size(); ++i) {
      rank += before[i];
      candidates_.push_back({sorted[i].item, sorted[i].score, std::max(rank, least)});
    }
  }

  // Whether the user took the item in the head's way.
  bool taken(const EvalCase& one, ItemId item, const std::string& head) const {
    if (head == kNextHead) return true;
    const History all = dataset_.history(one.user);
    const auto& names = dataset_.action_names();
    for (uint32_t e = one.history_end; e < one.target_end; ++e) {
      if (all.items[e] == item && names[all.actions[e]] == head) return true;
    }
    return false;
  }

  OwnedList label(const EvalCase& one, const Query& query) const {
    const size_t heads = options_.heads.size();
    OwnedList list{one.user, query.now, one.history_end, {}, {}, {}, {}, {}};
    list.missed.assign(heads, 0);
    list.labels.assign(candidates_.size() * heads, 0);
    for (const Candidate& candidate : candidates_) {
      list.items.push_back(candidate.item);
      list.scores.push_back(candidate.score);
      list.ranks.push_back(candidate.rank);
    }
    for (const ItemId item : targets_.items) {
      const auto found = std::find(list.items.begin(), list.items.end(), item);
      const auto at = static_cast<size_t>(found - list.items.begin());
      for (size_t h = 0; h < heads; ++h) {
        if (!taken(one, item, options_.heads[h])) continue;
        if (found == list.items.end()) {
          ++list.missed[h];
        } else {
          list.labels[at * heads + h] = 1;
        }
      }
    }
    return list;
  }

  const Retriever& retriever_;
  const Dataset& dataset_;
  const ListOptions& options_;
  const ItemSampler& sampler_;
  ItemFilter filter_;
  CaseTargets targets_;
  std::vector<ScoredItem> rows_;  // (batch, candidates)
  std::vector<Candidate> candidates_;
  std::vector<ItemId> extra_;
  std::vector<float> scores_;  // (items), when needed
};

void add(const ListCounts& part, ListCounts& sum) {
  sum.requests += part.requests;
  sum.without_answer += part.without_answer;
  sum.without_positive += part.without_positive;
  sum.lists += part.lists;
  sum.candidates += part.candidates;
  sum.answers += part.answers;
  sum.retrieved += part.retrieved;
  sum.added += part.added;
}

}  // namespace

void check_heads(const Dataset& dataset, const std::vector<std::string>& heads) {
  const auto& actions = dataset.action_names();
  std::string known = std::string("'") + kNextHead + "'";
  for (const std::string& action : actions) known += ", '" + action + "'";
  for (const std::string& head : heads) {
    if (head == kNextHead || std::find(actions.begin(), actions.end(), head) != actions.end()) {
      continue;
    }
    throw data_error(dataset.directory(), 0, "", "no action '" + head + "' to label",
                     "one of " + known);
  }
  if (heads.empty()) throw Error("no head to label; there are " + known);
}

ListCounts make_lists(const Retriever& retriever, const Dataset& dataset,
                      std::span<const EvalCase> cases, const ListOptions& options,
                      std::span<const uint32_t> popularity, ImpressionWriter& writer,
                      const Progress& progress) {
  check_heads(dataset, options.heads);
  KASKAD_ASSERT(popularity.size() == dataset.num_items() && options.candidates > 0);
  const ItemSampler sampler(popularity, options.easy_alpha);
  const int threads = options.threads > 0 ? options.threads : default_threads();
  std::vector<std::unique_ptr<ListMaker>> makers(static_cast<size_t>(threads));
  ListCounts sum;
  // Some batches a thread at a time, appended in order: the result does not depend on threads.
  const size_t round = kBatch * 8 * makers.size();
  for (size_t begin = 0; begin < cases.size(); begin += round) {
    const auto part = cases.subspan(begin, std::min(round, cases.size() - begin));
    const size_t batches = (part.size() + kBatch - 1) / kBatch;
    std::vector<std::vector<OwnedList>> lists(batches);
    std::vector<ListCounts> counts(batches);
    parallel_for(batches, threads, [&](size_t b, int worker) {
      auto& maker = makers[static_cast<size_t>(worker)];
      if (!maker) maker = std::make_unique<ListMaker>(retriever, dataset, options, sampler);
      const size_t from = b * kBatch;
      maker->make(part.subspan(from, std::min(kBatch, part.size() - from)), lists[b], counts[b]);
    });
    for (size_t b = 0; b < batches; ++b) {
      for (const OwnedList& list : lists[b]) writer.append(list.view());
      add(counts[b], sum);
    }
    report(progress, {"retrieving candidates", begin + part.size(), cases.size(), ""});
  }
  return sum;
}

}  // namespace kaskad
