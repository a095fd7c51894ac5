#include "kaskad/core/nearest_name.h"

#include <algorithm>
#include <numeric>

namespace kaskad {
namespace {

// Insertions, deletions and replacements from one word to the other.
size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string nearest_name(const std::vector<std::string>& known, const std::string& found) {
  const std::string word = found.substr(0, 100);  // a name is shorter
  std::string nearest;
  size_t best = std::max<size_t>(2, word.size() / 3) + 1;
  for (const std::string& name : known) {
    const size_t distance = edit_distance(word, name);
    if (distance >= best) continue;
    best = distance;
    nearest = name;
  }
  return nearest;
}

std::string one_of(const std::vector<std::string>& known, const std::string& found) {
  if (known.empty()) return "none";
  std::string all;
  for (const std::string& name : known) all += (all.empty() ? "" : ", ") + name;
  const std::string nearest = nearest_name(known, found);
  return "one of: " + all + (nearest.empty() ? "" : "; did you mean '" + nearest + "'?");
}

}  // namespace kaskad
