#include "kaskad/ranking/list_labels.h"

#include <algorithm>
#include <numeric>

#include "kaskad/core/error.h"

namespace kaskad {

size_t head_number(const Impressions& lists, const std::string& name) {
  const auto& heads = lists.facts().heads;
  const auto found = std::find(heads.begin(), heads.end(), name);
  if (found != heads.end()) return static_cast<size_t>(found - heads.begin());
  std::string known;
  for (const std::string& head : heads) known += (known.empty() ? "" : ", ") + head;
  throw data_error(lists.directory(), 0, "heads", "no head '" + name + "'", "one of: " + known);
}

std::vector<size_t> head_numbers(const Impressions& lists, const std::vector<std::string>& names) {
  std::vector<size_t> numbers(names.empty() ? lists.num_heads() : 0);
  std::iota(numbers.begin(), numbers.end(), size_t{0});
  for (const std::string& name : names) numbers.push_back(head_number(lists, name));
  return numbers;
}

std::vector<float> labels_of(const Impressions& lists, size_t head) {
  std::vector<float> labels;
  for (size_t l = 0; l < lists.size(); ++l) {
    const ImpressionList list = lists.list(l);
    for (size_t i = 0; i < list.size(); ++i) {
      labels.push_back(list.labels[i * lists.num_heads() + head]);
    }
  }
  return labels;
}

}  // namespace kaskad
