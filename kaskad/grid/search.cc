#include "kaskad/grid/search.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>

#include "kaskad/grid/journal.h"
#include "kaskad/grid/neighbours.h"

namespace kaskad {
namespace {

using Clock = std::chrono::steady_clock;

// Successive halving: this many random variants on a share of the cases, the best third of them
// on three times as many, and so on.
constexpr size_t kRandomBatch = 96;
constexpr size_t kFirstShare = 9;
constexpr size_t kKeep = 3;
constexpr double kRandomShare = 0.6;  // of a budget; the rest is for all cases and for steps

// Counts up when the same variant would get another score: older journals are then refused.
constexpr int kScoreVersion = 2;

std::string key(const Variant& variant) { return nlohmann::json(variant).dump(); }

bool leads(const VariantScore& a, const VariantScore& b) {
  if (a.ndcg != b.ndcg) return a.ndcg > b.ndcg;
  return key(a.variant) < key(b.variant);  // the same order in every run
}

class Search {
 public:
  Search(const Dataset& dataset, const Split& split, const LogFacts& facts,
         const SearchOptions& options, const std::string& journal_directory,
         const Progress& progress)
      : dataset_(dataset), facts_(facts), options_(options), progress_(progress) {
    for (const Phase& phase : split.validations) phases_.push_back(&phase);
    scorer_ = std::make_unique<VariantScorer>(dataset, phases_, options.scorer);
    result_.num_cases = scorer_->num_cases();
    result_.window_cases = scorer_->window_cases();
    if (journal_directory.empty()) return;
    journal_ = std::make_unique<Journal>(journal_directory, identity(split), result_.num_cases);
    for (VariantScore& score : journal_->take_finished()) {
      std::string name = key(score.variant);
      remembered_.insert_or_assign(std::move(name), std::move(score));
    }
  }

  SearchResult run(const GridSpace& space) {
    if (options_.budget_seconds > 0) {
      run_random();
    } else {
      score_all("trying variants", variants_of(space));
      refine();
    }
    result_.finished = fresh_ == 0 && result_.resumed > 0;
    result_.seconds = seconds();
    return std::move(result_);
  }

 private:
  double seconds() const { return std::chrono::duration<double>(Clock::now() - started_).count(); }

  void sort_leaders() { std::sort(result_.leaders.begin(), result_.leaders.end(), leads); }

  // All that a score depends on beside the variant.
  std::string identity(const Split& split) const {
    std::string text = "scores " + std::to_string(kScoreVersion) + ", dataset " + dataset_.hash();
    if (!dataset_.item_features().empty()) {
      text += ", item features " + dataset_.item_features_hash();
    }
    text += ", split " + split.hash + ", " + std::to_string(result_.num_cases) + " cases";
    if (scorer_->prunes_counts()) {
      text += ", memory " + std::to_string(options_.scorer.memory) + " bytes";
    }
    return text;
  }

  bool has_time() const {
    return options_.budget_seconds <= 0 || spent_before_ + seconds() < options_.budget_seconds ||
           result_.leaders.empty();
  }

  bool has_random_time() const {
    return spent_before_ + seconds() < kRandomShare * options_.budget_seconds;
  }

  // What an earlier run scored goes to the leaders, the others are returned.
  std::vector<Variant> take_remembered(const std::vector<Variant>& variants) {
    std::vector<Variant> fresh;
    for (const Variant& variant : variants) {
      const std::string name = key(variant);
      if (!asked_.insert(name).second) continue;
      const auto found = remembered_.find(name);
      if (found == remembered_.end()) {
        fresh.push_back(variant);
        continue;
      }
      result_.leaders.push_back(std::move(found->second));
      remembered_.erase(found);
      ++result_.resumed;
    }
    sort_leaders();
    return fresh;
  }

  // Scores those not asked for yet, on all cases.
  void score_all(const std::string& stage, const std::vector<Variant>& variants) {
    const std::vector<Variant> fresh = take_remembered(variants);
    size_t done = 0;
    double best = 0;
    std::string best_name;
    const auto note_best = [&](const VariantScore& score) {
      best = score.ndcg;
      best_name = score.variant.name();
      if (result_.trace.empty() || result_.trace.back().best < best) {
        result_.trace.push_back({seconds(), result_.leaders.size(), best});
      }
    };
    if (!result_.leaders.empty()) note_best(result_.leaders.front());
    if (fresh.empty() || !has_time()) return;
    report(progress_, {stage, 0, fresh.size(), ""});
    scorer_->score(fresh, [&](VariantScore&& score) {
      ++fresh_;
      if (journal_) journal_->add(score);
      result_.leaders.push_back(std::move(score));
      if (result_.leaders.back().ndcg > best) note_best(result_.leaders.back());
      char note[32];
      std::snprintf(note, sizeof(note), "best ndcg@10 %.4f: ", best);
      report(progress_, {stage, ++done, fresh.size(), note + best_name});
      return has_time();
    });
    sort_leaders();
  }

  // Every single-knob step from the best, until none is better.
  void refine() {
    result_.centre = result_.leaders.front().variant;
    for (int round = 0; round < options_.refinements && has_time(); ++round) {
      const double before = result_.leaders.front().ndcg;
      result_.centre = result_.leaders.front().variant;
      std::vector<Variant> steps;
      for (const Neighbour& neighbour : neighbours_of(result_.centre, facts_)) {
        steps.push_back(neighbour.variant);
      }
      score_all("refining, round " + std::to_string(round + 1), steps);
      if (result_.leaders.front().ndcg <= before) break;
    }
  }

  // Random batches for most of the budget, then steps. An earlier run's time counts.
  void run_random() {
    RandomProgress progress{.seed = options_.seed};
    if (journal_) progress = journal_->random_progress(options_.seed);
    std::vector<Variant> earlier;
    for (const auto& [name, score] : remembered_) earlier.push_back(score.variant);
    take_remembered(earlier);
    spent_before_ = progress.seconds;
    size_t drawn = 0;
    // At least one batch, however short the budget: there is always a best variant to name.
    while (result_.leaders.empty() || has_random_time()) {
      for (; drawn < progress.batches; ++drawn) draw_batch();  // those of an earlier run
      halve_random_batch();
      drawn = ++progress.batches;
      record(progress, 0);
    }
    if (progress.finished >= options_.budget_seconds) {
      result_.centre = progress.centre;
      return;
    }
    refine();
    record(progress, options_.budget_seconds);
  }

  void record(RandomProgress& progress, double finished) {
    progress.seconds = spent_before_ + seconds();
    progress.finished = finished;
    progress.centre = result_.centre;
    if (journal_) journal_->add(progress);
  }

  std::vector<Variant> draw_batch() {
    std::vector<Variant> batch;
    while (batch.size() < kRandomBatch) batch.push_back(random_variant(facts_, random_));
    return batch;
  }

  void halve_random_batch() {
    std::vector<Variant> alive = draw_batch();
    for (size_t share = kFirstShare; share > 1; share /= kKeep) {
      ScorerOptions some = options_.scorer;
      some.max_cases = std::max<size_t>(100, result_.num_cases / phases_.size() / share);
      VariantScorer scorer(dataset_, phases_, some);
      std::vector<VariantScore> scores;
      scorer.score(alive, [&](VariantScore&& score) {
        scores.push_back(std::move(score));
        report(progress_, {"random search, 1/" + std::to_string(share) + " of the cases",
                           scores.size(), alive.size(), ""});
        return has_random_time();
      });
      std::sort(scores.begin(), scores.end(), leads);
      alive.clear();
      // However little time there was, the best of what was tried goes on.
      const size_t kept = std::max<size_t>(1, scores.size() / kKeep);
      for (size_t s = 0; s < std::min(kept, scores.size()); ++s) alive.push_back(scores[s].variant);
    }
    score_all("random search, all cases", alive);
  }

  const Dataset& dataset_;
  const LogFacts& facts_;
  const SearchOptions& options_;
  const Progress& progress_;
  std::vector<const Phase*> phases_;
  std::unique_ptr<VariantScorer> scorer_;
  std::unique_ptr<Journal> journal_;
  std::map<std::string, VariantScore> remembered_;  // of an earlier run, not asked for yet
  std::set<std::string> asked_;
  size_t fresh_ = 0;         // scored by this run
  double spent_before_ = 0;  // seconds of a budget that an earlier run used
  uint64_t random_ = options_.seed;
  const Clock::time_point started_ = Clock::now();
  SearchResult result_;
};

}  // namespace

std::vector<double> ndcg_by_window(const VariantScore& score,
                                   const std::vector<size_t>& window_cases) {
  std::vector<double> means;
  auto first = score.case_ndcg.begin();
  for (const size_t cases : window_cases) {
    const auto last = first + static_cast<ptrdiff_t>(cases);
    const double sum = std::accumulate(first, last, 0.0);
    means.push_back(cases > 0 ? sum / static_cast<double>(cases) : 0);
    first = last;
  }
  return means;
}

SearchResult search(const Dataset& dataset, const Split& split, const GridSpace& space,
                    const LogFacts& facts, const SearchOptions& options,
                    const std::string& journal_directory, const Progress& progress) {
  return Search(dataset, split, facts, options, journal_directory, progress).run(space);
}

}  // namespace kaskad
