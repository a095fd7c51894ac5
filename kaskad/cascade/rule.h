// Boolean expressions over item features, as a person writes them into cascade.toml:
//   category == "books" and price < 20
//   not (brand in ["a", "b"]) or known(price)
// A name is a feature of items; `odd name` in backquotes may be anything. A categorical feature is
// compared by == != in, and holds when any of the item's values does; a number by == != < <= > >=.
// What is not known of an item compares as false, and a != b is not a == b. `and` binds closer than
// `or`, `not` closest. Called by the loader of a cascade, once a rule: serving looks up the result.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/dataset/features.h"

namespace kaskad {

// Read-only after parsing, thread-safe.
class Rule {
 public:
  // Throws Error "column 10: found 'x', expected ...", columns from 1.
  static Rule parse(std::string_view text);

  // (rows) 1 where the rule holds. Throws Error naming the column of a feature that the table
  // lacks, or has in another kind.
  std::vector<uint8_t> evaluate(const FeatureTable& table) const;

  // Whether it holds for an item of which nothing is known.
  bool of_unknown() const { return of_unknown(nodes_.back()); }

  const std::string& text() const { return text_; }
  std::vector<std::string> features() const;  // that it names, each once, in their order

 private:
  friend class RuleParser;
  enum class Kind { kAnd, kOr, kNot, kKnown, kText, kNumber };
  enum class Comparison { kEqual, kLess, kLessEqual, kGreater, kGreaterEqual };
  struct Node {
    Kind kind;
    size_t left = 0, right = 0;  // nodes: of kAnd and kOr; kNot has the left one
    std::string feature = {};    // of the others
    size_t column = 0;           // where the feature is named
    Comparison comparison = Comparison::kEqual;
    std::vector<std::string> texts = {};  // kText: any of them
    std::vector<double> numbers = {};     // kNumber: any of them, one unless kEqual
  };

  std::vector<uint8_t> evaluate(const Node& node, const FeatureTable& table) const;
  bool of_unknown(const Node& node) const;

  std::string text_;
  std::vector<Node> nodes_;  // the last is the whole
};

}  // namespace kaskad
