// What a grid has found so far, on disk as it goes, so that a stopped run continues: one JSON
// line a variant and the values of its cases in a side file.
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "kaskad/grid/variant_scorer.h"

namespace kaskad {

// Not thread-safe.
class Journal {
 public:
  // Opens or creates `directory`/variants.jsonl and cases.f32. `identity` (dataset hash, split
  // hash, cases) must equal that of an older journal; throws Error telling both otherwise.
  Journal(const std::string& directory, const std::string& identity, size_t num_cases);

  // Scores of an earlier run; a last line that was cut off is dropped.
  std::vector<VariantScore> take_finished() { return std::move(finished_); }

  void add(const VariantScore& score);

 private:
  void read_finished(const std::string& identity);

  std::string lines_path_, cases_path_;
  size_t num_cases_;
  std::vector<VariantScore> finished_;
  std::ofstream lines_, cases_;
};

}  // namespace kaskad
