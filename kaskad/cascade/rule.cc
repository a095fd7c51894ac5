#include "kaskad/cascade/rule.h"

#include <algorithm>
#include <cmath>

#include "kaskad/cascade/named_features.h"
#include "kaskad/core/error.h"
#include "kaskad/core/nearest_name.h"

namespace kaskad {
namespace {

Error rule_error(size_t column, const std::string& found, const std::string& expected) {
  return Error("column " + std::to_string(column) + ": found " + found + ", expected " + expected);
}

std::vector<uint8_t> holds_text(const CategoricalFeature& feature,
                                const std::vector<std::string>& texts) {
  std::vector<uint8_t> wanted(feature.names.size());  // (codes)
  for (size_t code = 0; code < wanted.size(); ++code) {
    wanted[code] = std::ranges::find(texts, feature.names[code]) != texts.end();
  }
  std::vector<uint8_t> holds(feature.offsets.size() - 1);
  for (size_t row = 0; row < holds.size(); ++row) {
    for (uint64_t at = feature.offsets[row]; at < feature.offsets[row + 1]; ++at) {
      holds[row] |= wanted[feature.codes[at]];
    }
  }
  return holds;
}

}  // namespace

std::vector<uint8_t> Rule::evaluate(const FeatureTable& table) const {
  return evaluate(nodes_.back(), table);
}

std::vector<uint8_t> Rule::evaluate(const Node& node, const FeatureTable& table) const {
  if (node.kind == Kind::kAnd || node.kind == Kind::kOr || node.kind == Kind::kNot) {
    std::vector<uint8_t> holds = evaluate(nodes_[node.left], table);
    if (node.kind == Kind::kNot) {
      for (uint8_t& row : holds) row ^= 1;
      return holds;
    }
    const std::vector<uint8_t> other = evaluate(nodes_[node.right], table);
    for (size_t row = 0; row < holds.size(); ++row) {
      if (node.kind == Kind::kAnd) holds[row] &= other[row];
      if (node.kind == Kind::kOr) holds[row] |= other[row];
    }
    return holds;
  }
  const CategoricalFeature* categorical = find_categorical(table, node.feature);
  const DenseFeature* dense = find_dense(table, node.feature);
  if (!categorical && !dense) {
    throw rule_error(node.column, "the unknown feature '" + node.feature + "'",
                     one_of(feature_names(table), node.feature));
  }
  if (node.kind == Kind::kText) {
    if (categorical) return holds_text(*categorical, node.texts);
    throw rule_error(node.column, "'" + node.feature + "' compared with a text",
                     "a number: that is what it holds");
  }
  std::vector<uint8_t> holds(table.rows);
  if (node.kind == Kind::kKnown) {
    for (size_t row = 0; row < holds.size(); ++row) {
      holds[row] = categorical ? categorical->offsets[row] < categorical->offsets[row + 1]
                               : !std::isnan(dense->values[row * dense->dimension]);
    }
    return holds;
  }
  if (!dense || dense->dimension != 1) {
    throw rule_error(node.column, "'" + node.feature + "' compared with a number",
                     dense ? "a feature of one number: it has " + std::to_string(dense->dimension)
                           : "a text in quotes: its values are texts");
  }
  for (size_t row = 0; row < holds.size(); ++row) {
    // As a float, so that 0.1 equals the 0.1 of the table.
    for (const double number : node.numbers) {
      const float value = dense->values[row], bound = static_cast<float>(number);
      const Comparison by = node.comparison;
      holds[row] |= by == Comparison::kEqual       ? value == bound
                    : by == Comparison::kLess      ? value < bound
                    : by == Comparison::kLessEqual ? value <= bound
                    : by == Comparison::kGreater   ? value > bound
                                                   : value >= bound;
    }
  }
  return holds;
}

bool Rule::of_unknown(const Node& node) const {
  switch (node.kind) {
    case Kind::kNot:
      return !of_unknown(nodes_[node.left]);
    case Kind::kAnd:
      return of_unknown(nodes_[node.left]) && of_unknown(nodes_[node.right]);
    case Kind::kOr:
      return of_unknown(nodes_[node.left]) || of_unknown(nodes_[node.right]);
    default:
      return false;
  }
}

std::vector<std::string> Rule::features() const {
  std::vector<std::string> names;
  for (const Node& node : nodes_) {
    if (node.feature.empty() || std::ranges::find(names, node.feature) != names.end()) continue;
    names.push_back(node.feature);
  }
  return names;
}

}  // namespace kaskad
