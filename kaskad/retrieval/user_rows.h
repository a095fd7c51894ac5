// What is known of users beside their histories, as the inputs of a neural model: one row a query.
// Made by NeuralRetriever.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kaskad/model/retriever.h"
#include "kaskad/retrieval/neural_config.h"

namespace kaskad {

// The rows of one batch; vectors keep their memory from one batch to the next.
struct UserRows {
  size_t places = 1;           // codes of a row, at least 1
  std::vector<int64_t> codes;  // (rows, places), 0 behind the last
  std::vector<float> numbers;  // (rows, schema.num_numbers())
  std::vector<int64_t> clock;  // (rows, kClockPlaces)

  // Of queries[rows[i]]; what `inputs` does not name stays empty.
  void fill(const UserInputs& inputs, const FeatureSchema& schema, std::span<const Query> queries,
            std::span<const uint32_t> rows);
};

}  // namespace kaskad
