#include "kaskad/grid/search.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "kaskad/grid/journal.h"

namespace kaskad {
namespace {

using Clock = std::chrono::steady_clock;

// Successive halving: this many random variants on a share of the cases, the best third of them
// on three times as many, and so on.
constexpr size_t kRandomBatch = 96;
constexpr size_t kFirstShare = 9;
constexpr size_t kKeep = 3;

bool leads(const VariantScore& a, const VariantScore& b) {
  return a.ndcg != b.ndcg ? a.ndcg > b.ndcg : a.variant.name() < b.variant.name();
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
    if (journal_directory.empty()) return;
    const std::string identity = "dataset " + dataset.hash() + ", split " + split.hash + ", " +
                                 std::to_string(result_.num_cases) + " cases";
    journal_ = std::make_unique<Journal>(journal_directory, identity, result_.num_cases);
    for (VariantScore& score : journal_->take_finished()) {
      known_.insert(key(score.variant));
      result_.leaders.push_back(std::move(score));
      ++result_.resumed;
    }
    sort_leaders();
  }

  SearchResult run(const GridSpace& space) {
    if (options_.budget_seconds > 0) {
      // At least one batch, however short the budget: there is always a best variant to name.
      do {
        halve_random_batch();
      } while (seconds() < options_.budget_seconds);
    } else {
      score_all("trying variants", variants_of(space));
    }
    for (int round = 0; round < options_.refinements; ++round) {
      if (!refine(round)) break;
    }
    sort_leaders();
    result_.seconds = seconds();
    return std::move(result_);
  }

 private:
  static std::string key(const Variant& variant) { return nlohmann::json(variant).dump(); }

  double seconds() const { return std::chrono::duration<double>(Clock::now() - started_).count(); }

  void sort_leaders() { std::sort(result_.leaders.begin(), result_.leaders.end(), leads); }

  // Scores those not known yet on all cases.
  void score_all(const std::string& stage, const std::vector<Variant>& variants) {
    std::vector<Variant> fresh;
    for (const Variant& variant : variants) {
      if (known_.insert(key(variant)).second) fresh.push_back(variant);
    }
    size_t done = 0;
    double best = result_.leaders.empty() ? 0 : result_.leaders.front().ndcg;
    std::string best_name = result_.leaders.empty() ? "" : result_.leaders.front().variant.name();
    for (const VariantScore& score : result_.leaders) {
      if (score.ndcg > best) best = score.ndcg, best_name = score.variant.name();
    }
    report(progress_, {stage, 0, fresh.size(), ""});
    scorer_->score(fresh, [&](VariantScore&& score) {
      if (score.ndcg > best) {
        best = score.ndcg;
        best_name = score.variant.name();
        result_.trace.push_back({seconds(), result_.leaders.size() + 1, best});
      }
      char note[32];
      std::snprintf(note, sizeof(note), "best ndcg@10 %.4f: ", best);
      report(progress_, {stage, ++done, fresh.size(), note + best_name});
      if (journal_) journal_->add(score);
      result_.leaders.push_back(std::move(score));
      return true;
    });
    sort_leaders();
  }

  // Every single-knob step from the best; true when one of them is better.
  bool refine(int round) {
    if (result_.leaders.empty()) return false;
    const double before = result_.leaders.front().ndcg;
    std::vector<Variant> steps;
    for (const Neighbour& neighbour : neighbours_of(result_.leaders.front().variant, facts_)) {
      steps.push_back(neighbour.variant);
    }
    score_all("refining, round " + std::to_string(round + 1), steps);
    return result_.leaders.front().ndcg > before;
  }

  void halve_random_batch() {
    std::vector<Variant> alive;
    while (alive.size() < kRandomBatch) alive.push_back(random_variant(facts_, random_));
    for (size_t share = kFirstShare; share > 1; share /= kKeep) {
      ScorerOptions some = options_.scorer;
      some.max_cases = std::max<size_t>(100, result_.num_cases / phases_.size() / share);
      VariantScorer scorer(dataset_, phases_, some);
      std::vector<VariantScore> scores;
      scorer.score(alive, [&](VariantScore&& score) {
        scores.push_back(std::move(score));
        report(progress_, {"random search, 1/" + std::to_string(share) + " of the cases",
                           scores.size(), alive.size(), ""});
        return seconds() < options_.budget_seconds;
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
  std::set<std::string> known_;
  uint64_t random_ = options_.seed;
  const Clock::time_point started_ = Clock::now();
  SearchResult result_;
};

}  // namespace

SearchResult search(const Dataset& dataset, const Split& split, const GridSpace& space,
                    const LogFacts& facts, const SearchOptions& options,
                    const std::string& journal_directory, const Progress& progress) {
  return Search(dataset, split, facts, options, journal_directory, progress).run(space);
}

}  // namespace kaskad
