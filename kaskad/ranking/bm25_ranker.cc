#include <algorithm>

#include "kaskad/ranking/query_rankers.h"

namespace kaskad {

Bm25Ranker::Bm25Ranker(const FeatureTable& items, size_t num_items,
                       const std::vector<std::string>& columns, const Bm25Options& options)
    : Bm25Ranker(ItemWords(items, num_items, columns, options)) {}

float Bm25Ranker::score_of(const std::vector<uint32_t>& query, ItemId item) const {
  if (index(item) >= words_.num_items()) return 0;
  const ItemWords::Counted text = words_.of(item);
  float score = 0;
  for (const uint32_t word : query) {
    const auto found = std::lower_bound(text.words.begin(), text.words.end(), word);
    if (found == text.words.end() || *found != word) continue;
    score += words_.part(word, text.counts[static_cast<size_t>(found - text.words.begin())], item);
  }
  return score;
}

void Bm25Ranker::score_heads(std::span<const RankRequest> requests, std::span<float> out) const {
  float* to = out.data();
  for (const RankRequest& request : requests) {
    const std::vector<uint32_t> query = words_.find(request.query);
    for (const ItemId item : request.candidates) *to++ = score_of(query, item);
  }
}

std::unique_ptr<Bm25Ranker> Bm25Ranker::load(const std::string& directory,
                                             const std::string& config_json,
                                             const std::vector<Head>&) {
  return std::unique_ptr<Bm25Ranker>(new Bm25Ranker(ItemWords::load(directory, config_json)));
}

}  // namespace kaskad
