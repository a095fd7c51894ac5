// Lists that another program recommended, put to the same questions: `kaskad eval
// --recommendations recs.csv`, and kaskad.compare of the Python package.
#pragma once

#include <string>
#include <vector>

#include "kaskad/eval/ranked_cases.h"

namespace kaskad {

// One row of somebody's list.
struct ListRow {
  UserId user;
  float key;     // ascending: the rank, or the negative score
  size_t order;  // decides among equal keys
  ItemId item;   // kNoItem holds its place
};

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

// The same of rows in any order, all of users of the dataset; `name` stands for the file.
ListFile rank_lists(const std::string& name, std::vector<ListRow> rows, const Dataset& dataset,
                    const Phase& phase, const RankOptions& options);

}  // namespace kaskad
