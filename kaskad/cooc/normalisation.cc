#include "kaskad/cooc/normalisation.h"

#include <algorithm>

#include "kaskad/cooc/knobs.h"

namespace kaskad {
namespace {

constexpr EnumName<NormKind> kNormNames[] = {
    {NormKind::kRaw, "raw"},         {NormKind::kRow, "row"},      {NormKind::kCosine, "cosine"},
    {NormKind::kJaccard, "jaccard"}, {NormKind::kDice, "dice"},    {NormKind::kLift, "lift"},
    {NormKind::kPmi, "pmi"},         {NormKind::kTfIdf, "tf_idf"}, {NormKind::kBm25, "bm25"}};

double bm25(double occurrences, double mean) {
  constexpr double k1 = 1.2, b = 0.75;
  return (k1 + 1) / (k1 * (1 - b + b * occurrences / mean) + 1);
}

float bounded(double factor) { return static_cast<float>(std::min<double>(factor, kMostFactor)); }

// The factors of the formula that depend on the target item alone.
double column_factor(const Normalisation& norm, const Marginals& m, double n) {
  double factor = norm.target_power != 0 ? std::pow(n / m.max, -norm.target_power) : 1;
  switch (norm.kind) {
    case NormKind::kCosine:
      factor *= std::pow(n, norm.alpha - 1);
      break;
    case NormKind::kBm25:
      factor *= bm25(n, m.mean);
      break;
    case NormKind::kTfIdf: {
      const double idf = std::log(std::max(1.0, m.users / n));
      factor *= idf * idf;
      break;
    }
    case NormKind::kLift:
      factor *= m.total / n;
      break;
    case NormKind::kRaw:
    case NormKind::kRow:
    case NormKind::kJaccard:
    case NormKind::kDice:
    case NormKind::kPmi:
      break;
  }
  return factor;
}

// The factors that depend on the source item alone.
double row_factor(const Normalisation& norm, const Marginals& m, double n, double row_sum) {
  switch (norm.kind) {
    case NormKind::kRow:
    case NormKind::kTfIdf:
      return std::pow(row_sum, -norm.source_power);
    case NormKind::kCosine:
      return std::pow(n, -norm.alpha);
    case NormKind::kBm25:
      return bm25(n, m.mean);
    case NormKind::kLift:
      return 1 / n;
    case NormKind::kRaw:
    case NormKind::kJaccard:
    case NormKind::kDice:
    case NormKind::kPmi:
      break;
  }
  return 1;
}

// max(0, log(ratio)); 0 for 0 / 0, an item whose occurrences are too faint to count.
float log_above_one(double ratio) {
  return ratio > 1 ? static_cast<float>(std::log(std::min(ratio, 1e300))) : 0.0f;
}

}  // namespace

Marginals Marginals::of(std::span<const float> occurrences, double users) {
  Marginals result;
  result.occurrences = occurrences;
  result.users = users;
  size_t seen = 0;
  for (const float n : occurrences) {
    result.total += n;
    result.max = std::max<double>(result.max, n);
    seen += n > 0;
  }
  result.mean = seen > 0 ? result.total / static_cast<double>(seen) : 0;
  return result;
}

RowNormaliser::RowNormaliser(const Normalisation& normalisation, const Marginals& marginals)
    : norm_(normalisation), marginals_(marginals) {
  target_factor_.reserve(marginals.occurrences.size());
  for (const float n : marginals.occurrences) {
    target_factor_.push_back(n > 0 ? bounded(column_factor(norm_, marginals_, n)) : 0.0f);
  }
}

bool RowNormaliser::is_product() const {
  const bool mixes_items = norm_.kind == NormKind::kJaccard || norm_.kind == NormKind::kDice ||
                           norm_.kind == NormKind::kPmi;
  return !mixes_items && norm_.shrinkage == 0;
}

float RowNormaliser::source_factor(uint32_t row, double row_sum) const {
  const double n = marginals_.occurrences[row];
  if (n <= 0 || (needs_row_sum() && row_sum <= 0)) return 0;
  return bounded(row_factor(norm_, marginals_, n, row_sum));
}

void RowNormaliser::apply(uint32_t row, double row_sum, std::span<const uint32_t> columns,
                          std::span<float> values) const {
  const float* n = marginals_.occurrences.data();
  const float n_i = n[row];
  const float source = source_factor(row, row_sum);
  const double lift = n_i > 0 ? marginals_.total / n_i : 0;
  const float shrinkage = static_cast<float>(norm_.shrinkage);
  for (size_t c = 0; c < columns.size(); ++c) {
    const uint32_t j = columns[c];
    const float m = values[c];
    float x = m * source * target_factor_[j];
    switch (norm_.kind) {
      // Decayed counts and repeats can bring m above what the two items allow.
      case NormKind::kJaccard:
        x /= std::max(n_i + n[j] - m, m);
        break;
      case NormKind::kDice:
        x *= 2 / std::max(n_i + n[j], m);
        break;
      case NormKind::kPmi:
        x = target_factor_[j] * log_above_one(m * lift / n[j]);
        break;
      default:
        break;
    }
    if (shrinkage > 0) x *= m / (m + shrinkage);
    // m * source is finite (kMostFactor), so that x is never NaN.
    values[c] = std::min(x, kMostWeight);
  }
}

std::string Normalisation::name() const {
  std::string text(enum_name<NormKind>(kind, kNormNames));
  const bool uses_source = kind == NormKind::kRow || kind == NormKind::kTfIdf;
  if (uses_source && source_power != 1) text += "^" + short_number(source_power);
  if (kind == NormKind::kCosine && alpha != 0.5) text += " alpha " + short_number(alpha);
  if (target_power != 0) text += ", pop^" + short_number(-target_power);
  if (shrinkage > 0) text += ", shrink " + short_number(shrinkage);
  if (top_k > 0) text += ", top " + std::to_string(top_k);
  return text;
}

void to_json(nlohmann::json& json, const Normalisation& n) {
  json = {{"kind", enum_name<NormKind>(n.kind, kNormNames)},
          {"source_power", n.source_power},
          {"alpha", n.alpha},
          {"target_power", n.target_power},
          {"shrinkage", n.shrinkage},
          {"top_k", n.top_k}};
}

void from_json(const nlohmann::json& json, Normalisation& n) {
  KnobReader reader(json, "normalisation");
  reader.choice<NormKind>("kind", n.kind, kNormNames);
  reader.number("source_power", n.source_power, 0, 2);
  reader.number("alpha", n.alpha, 0, 1);
  reader.number("target_power", n.target_power, -2, 2);
  reader.number("shrinkage", n.shrinkage, 0, 1e9);
  reader.count("top_k", n.top_k);
  reader.finish();
}

}  // namespace kaskad
