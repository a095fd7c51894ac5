// The baselines of every table: what most people took, ever or lately. Not personal, but on a
// global time split "popular in the last 7 days" is hard to beat.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kaskad/core/pool.h"
#include "kaskad/dataset/split.h"
#include "kaskad/model/retriever.h"
#include "kaskad/model/top_k.h"

namespace kaskad {

struct PopularityOptions {
  // Only learned events of the last days before the phase's horizon count; 0: all events. For
  // logs with a clock.
  double window_days = 0;
  // Only the last share of each user's learned events counts, rounded up; 0: all events. For logs
  // of which only the order is known.
  double window_share = 0;

  // "popularity", "popularity-window:7d", "popularity-window:0.1", or "popularity-window" alone:
  // 7 days where the split cuts all users at one time of the clock, else a share of 0.1: the last
  // days of a log are not the days before a request where every user is asked at another time.
  // Throws Error naming what is allowed.
  static PopularityOptions parse(const std::string& text, TimeKind time_kind, SplitKind split);
  bool windowed() const { return window_days > 0 || window_share > 0; }
  std::string to_string() const;
};

// score = learned events of the item (within the window). Rows are filled up by the popularity of
// all time. Kinds "popularity" and "popularity_window".
class PopularityRetriever : public Retriever {
 public:
  // Throws Error when days are asked of a log without a clock.
  static std::unique_ptr<PopularityRetriever> fit(const Dataset& dataset, const Phase& phase,
                                                  const PopularityOptions& options = {});
  static std::unique_ptr<PopularityRetriever> load(const std::string& directory,
                                                   const std::string& config_json);
  // Writes counts.npy (and window.npy) into `directory`; config_json() goes into the manifest.
  void save(const std::string& directory) const;
  std::string config_json() const;

  std::string kind() const override;
  size_t num_items() const override { return counts_.size(); }
  void retrieve(std::span<const Query> queries, size_t k, std::span<ScoredItem> out) const override;
  void score_all(const Query& query, std::span<float> scores) const override;

 private:
  PopularityRetriever(PopularityOptions options, std::vector<uint64_t> counts,
                      std::vector<uint64_t> window);
  const std::vector<uint64_t>& scores() const { return options_.windowed() ? window_ : counts_; }

  PopularityOptions options_;
  std::vector<uint64_t> counts_;    // (items) learned events of all time
  std::vector<uint64_t> window_;    // (items) those in the window; empty without one
  std::vector<ScoredItem> ranked_;  // items with a score, best first
  PopularityFill fill_;
  mutable Pool<ItemFilter> filters_;
};

// Lets load_bundle() find both kinds.
void register_popularity();

}  // namespace kaskad
