// What a grid has found so far, on disk as it goes, so that a stopped run continues: one JSON
// line a variant and the values of its cases in a side file. Scores are remembered, not
// decisions: a search that is run again decides the same out of the same scores. Only how far a
// random search came depends on the clock, so that is written too.
#pragma once

#include <fstream>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "kaskad/grid/variant_scorer.h"

namespace kaskad {

// How far the random search with a seed has come.
struct RandomProgress {
  uint64_t seed = 0;
  size_t batches = 0;   // drawn and scored
  double seconds = 0;   // spent
  double finished = 0;  // the budget that has been used up, in seconds; 0: none yet
  Variant centre = {};  // SearchResult::centre, once finished
};

// Not thread-safe.
class Journal {
 public:
  // Opens or creates `directory`/variants.jsonl and cases.f32. `identity` (all that a score
  // depends on beside the variant) must equal that of an older journal; throws Error telling both
  // otherwise.
  Journal(const std::string& directory, const std::string& identity, size_t num_cases);

  // Scores of an earlier run; a last line that was cut off is dropped.
  std::vector<VariantScore> take_finished() { return std::move(finished_); }

  // The last that was written for this seed.
  RandomProgress random_progress(uint64_t seed) const;

  void add(const VariantScore& score);
  void add(const RandomProgress& progress);

 private:
  void read_finished(const std::string& identity);
  bool read_score(const nlohmann::json& entry, std::ifstream& cases);

  std::string lines_path_, cases_path_;
  size_t num_cases_;
  std::vector<VariantScore> finished_;
  std::vector<RandomProgress> random_;
  std::ofstream lines_, cases_;
};

}  // namespace kaskad
