// How a finished count becomes a weight: the second group of knobs (METHODS.md, C). Uses the
// count m = M[i, j], the row sum R_i and the weighted occurrences n_i, n_j of the two items, so
// that a row can be normalised as soon as it is counted.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

namespace kaskad {

enum class NormKind {
  kRaw,      // m
  kRow,      // m / R_i^source_power
  kCosine,   // m / (n_i^(2 alpha) n_j^(2 - 2 alpha))^(1/2): alpha .5 is the symmetric cosine
  kJaccard,  // m / (n_i + n_j - m)
  kDice,     // 2 m / (n_i + n_j)
  kLift,     // m n / (n_i n_j), n = all occurrences
  kPmi,      // max(0, log(lift))
  kTfIdf,    // m log(users / n_j)^2 / R_i^source_power
  kBm25,     // m f(n_i) f(n_j), f(n) = 2.2 / (1.2 (1 - b + b n / mean n) + 1), b = .75
};

// Decayed counts fall off without end, and a power of their sums would leave the range of float.
// What is fainter than kLeastEvidence (69 time constants old) is no evidence, no factor of the
// formulas exceeds kMostFactor, and no weight kMostWeight, so that every score is finite.
inline constexpr float kLeastEvidence = 1e-30f;
inline constexpr float kMostFactor = 1e25f;
inline constexpr float kMostWeight = 1e18f;

struct Normalisation {
  NormKind kind = NormKind::kRow;
  double source_power = 1;  // kRow, kTfIdf
  double alpha = 0.5;       // kCosine: the source's part of the denominator
  double target_power = 0;  // then times (n_j / max n)^-target_power: popularity correction
  double shrinkage = 0;     // then times m / (m + shrinkage)
  uint32_t top_k = 0;       // then the best of each row only; 0: all

  std::string name() const;  // "row, pop^-.25"
  friend bool operator==(const Normalisation&, const Normalisation&) = default;
};

// Occurrences per item under one weighting, and their summary.
struct Marginals {
  std::span<const float> occurrences;  // (items), weighted like the pairs
  double total = 0, mean = 0, max = 0;
  double users = 0;

  static Marginals of(std::span<const float> occurrences, double users);
};

// Normalises one row in place: `values` are the counts of `columns`, all at least kLeastEvidence;
// what comes out is finite and at least 0. top_k is applied by the caller, who knows what to do
// with the rest. `row_sum` is over the whole row.
class RowNormaliser {
 public:
  RowNormaliser(const Normalisation& normalisation, const Marginals& marginals);
  void apply(uint32_t row, double row_sum, std::span<const uint32_t> columns,
             std::span<float> values) const;

  // Whether a weight is count * source_factor(row) * target_factor(column).
  bool is_product() const;
  bool needs_row_sum() const {
    return norm_.kind == NormKind::kRow || norm_.kind == NormKind::kTfIdf;
  }
  float source_factor(uint32_t row, double row_sum) const;
  float target_factor(uint32_t column) const { return target_factor_[column]; }

 private:
  Normalisation norm_;
  Marginals marginals_;
  std::vector<float> target_factor_;  // (items): everything that depends on j alone
};

void to_json(nlohmann::json& json, const Normalisation& normalisation);
void from_json(const nlohmann::json& json, Normalisation& normalisation);

}  // namespace kaskad
