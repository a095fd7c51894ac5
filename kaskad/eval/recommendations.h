// Lists that another program recommended, put to the same questions: `kaskad eval
// --recommendations recs.csv`.
#pragma once

#include <string>

#include "kaskad/eval/ranked_cases.h"

namespace kaskad {

struct ListFile {
  RankedCases ranked;
  size_t rows = 0;
  size_t unknown_users = 0;       // rows of users that the dataset lacks: left out
  size_t unknown_items = 0;       // rows of items that the dataset lacks: they hold their place
  size_t cases_without_list = 0;  // misses
};

// A table (CSV, Parquet, ...) with the columns user_id, item_id and `rank` (1 is best) or `score`
// (higher is better; equal scores keep the order of the file). Places are ranks: the tie rule is
// kListed. Throws Error naming the file when it has neither column or names an item twice.
ListFile rank_list_file(const std::string& path, const Dataset& dataset, const Phase& phase,
                        const RankOptions& options);

}  // namespace kaskad
