// What a ranker's evaluation leaves on the disk for who pairs it with others later: `kaskad
// train-ranker neural --measure-validation` writes it, `kaskad ablate` reads it.
//   evaluation.json  to_json() of the evaluation, the metrics in the order of the columns, the hash
//                    of the lists
//   values.npy       (lists asked, metrics) <f8
#pragma once

#include <string>

#include "kaskad/ranking/list_evaluation.h"

namespace kaskad {

struct ListResults {
  ListEvaluation evaluation;  // metrics and values; no heads
  std::string lists_hash;     // of Impressions::hash()
};

// All or nothing; replaces an older one.
void save_list_results(const std::string& directory, const ListResults& results);

// The reverse. Throws Error when a file is missing or they do not fit together.
ListResults load_list_results(const std::string& directory);

}  // namespace kaskad
