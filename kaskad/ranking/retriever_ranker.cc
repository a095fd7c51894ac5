#include "kaskad/ranking/retriever_ranker.h"

#include <algorithm>

#include "kaskad/core/error.h"
#include "kaskad/eval/bundle_check.h"

namespace kaskad {

void RetrieverRanker::score_heads(std::span<const RankRequest> requests,
                                  std::span<float> out) const {
  std::vector<float> all(num_items());
  float* to = out.data();
  for (const RankRequest& request : requests) {
    Query query;
    query.history = request.history;
    query.now = request.now;
    query.text = request.query;
    if (index(request.user) < dataset_.num_users()) {
      query.user_features = dataset_.features(request.user);
    }
    retriever_.score_all(query, all);
    const float least = all.empty() ? 0 : *std::min_element(all.begin(), all.end());
    for (const ItemId item : request.candidates) {
      *to++ = index(item) < all.size() ? all[index(item)] : least;
    }
  }
}

void check_retriever(const Bundle& bundle, const Dataset& dataset, const Impressions& lists) {
  if (bundle.items.hash() != dataset.items().hash()) {
    throw Error("bundle '" + bundle.directory + "' was made for other items than those of '" +
                dataset.directory() + "'");
  }
  const ImpressionFacts& facts = lists.facts();
  if (facts.part == "test" && bundle.split_hash == facts.split_hash) return;
  const std::vector<uint32_t> learned = learned_events(bundle, dataset);
  for (size_t l = 0; l < lists.size(); ++l) {
    const ImpressionList list = lists.list(l);
    if (list.user == kNoUser || learned[index(list.user)] <= list.history_end) continue;
    throw Error("bundle '" + bundle.directory + "' has learned " +
                std::to_string(learned[index(list.user)]) +
                " events of a user who is asked after " + std::to_string(list.history_end) +
                " in '" + lists.directory() + "': it may know the answers");
  }
}

}  // namespace kaskad
