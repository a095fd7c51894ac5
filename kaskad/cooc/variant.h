// What the grid tries and a bundle remembers: one matrix and the way a history asks it, or a
// small blend of such variants.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/cooc/ease.h"
#include "kaskad/cooc/history_weighting.h"
#include "kaskad/cooc/normalisation.h"
#include "kaskad/cooc/weighting.h"

namespace kaskad {

enum class MatrixKind {
  kCooccurrence,  // PairWeighting, Normalisation and, where wanted, content
  kEase,          // EaseOptions
  kContent,       // content similarity alone
  kPopularity,    // occurrences, decayed by age: the same answer to every history
};

struct MatrixSpec {
  MatrixKind kind = MatrixKind::kCooccurrence;
  PairWeighting weighting;      // kCooccurrence
  Normalisation normalisation;  // kCooccurrence
  double content = 0;           // kCooccurrence: lambda of the content term
  EaseOptions ease;             // kEase
  double popularity_tau = 0;    // kPopularity: days; 0: all time alike. Needs a clock

  std::string name() const;  // "next, window 20, 1/gap | row, pop^-0.25"
  friend bool operator==(const MatrixSpec&, const MatrixSpec&) = default;
};

struct Variant {
  MatrixSpec matrix;
  HistoryWeighting history;

  bool is_counted() const { return matrix.kind == MatrixKind::kCooccurrence; }
  std::string name() const;  // "next, window 20, 1/gap | row, pop^-0.25 | 1/(1+k)"
  friend bool operator==(const Variant&, const Variant&) = default;
};

// One part alone is scored as it is. Several are blended as a geometric mean of experts:
//   score(j) = sum over parts m of  weight_m * log(1 + p_m(j) / kBlendFloor),   weights of any
//   sign,
// p_m(j) the share of j in the positive scores that part m gives to items outside the history.
// An item that no part knows has score 0.
struct Blend {
  struct Part {
    Variant variant;
    double weight = 1;
    friend bool operator==(const Part&, const Part&) = default;
  };
  std::vector<Part> parts;

  std::string name() const;
  friend bool operator==(const Blend&, const Blend&) = default;
};

// About a tenth of an even share on a catalogue of a thousand items: below it, evidence is noise.
inline constexpr float kBlendFloor = 1e-4f;

std::string_view name_of(MatrixKind kind);  // as JSON has it
void to_json(nlohmann::json& json, const MatrixSpec& spec);
void from_json(const nlohmann::json& json, MatrixSpec& spec);
void to_json(nlohmann::json& json, const Variant& variant);
void from_json(const nlohmann::json& json, Variant& variant);
void to_json(nlohmann::json& json, const Blend& blend);
void from_json(const nlohmann::json& json, Blend& blend);

}  // namespace kaskad
