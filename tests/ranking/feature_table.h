// Features of one request by name, for tests.
#pragma once

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "kaskad/ranking/features.h"

namespace kaskad {

// Column name -> value of each candidate.
inline std::map<std::string, std::vector<float>> feature_table(const RankingFeatures& features,
                                                               const RankRequest& request) {
  const size_t width = features.columns().size();
  std::vector<float> rows(request.candidates.size() * width);
  features.compute(request, rows);
  std::map<std::string, std::vector<float>> table;
  for (size_t c = 0; c < width; ++c) {
    auto& column = table[features.columns()[c].name];
    for (size_t i = 0; i < request.candidates.size(); ++i) column.push_back(rows[i * width + c]);
  }
  return table;
}

inline std::vector<uint32_t> whole_histories(const Dataset& dataset) {
  std::vector<uint32_t> ends;
  for (uint32_t user = 0; user < dataset.num_users(); ++user) {
    ends.push_back(static_cast<uint32_t>(dataset.history(UserId{user}).size()));
  }
  return ends;
}

}  // namespace kaskad
