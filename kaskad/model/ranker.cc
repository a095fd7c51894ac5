#include "kaskad/model/ranker.h"

#include <algorithm>
#include <utility>

#include "kaskad/core/error.h"
#include "kaskad/model/loader_registry.h"

namespace kaskad {
namespace {

LoaderRegistry<LoadRanker>& rankers() {
  static LoaderRegistry<LoadRanker> instance("ranker");
  return instance;
}

}  // namespace

std::vector<Head> weigh_heads(const std::vector<std::string>& names,
                              const std::map<std::string, double>& weights) {
  std::vector<Head> heads;
  for (const std::string& name : names) heads.push_back({name, 1});
  for (const auto& [name, weight] : weights) {
    const auto head =
        std::find_if(heads.begin(), heads.end(), [&](const Head& one) { return one.name == name; });
    if (head == heads.end()) {
      std::string known;
      for (const std::string& one : names) known += (known.empty() ? "" : ", ") + one;
      throw Error("weights of heads: found '" + name + "', expected one of: " + known);
    }
    head->weight = static_cast<float>(weight);
  }
  return heads;
}

size_t num_candidates(std::span<const RankRequest> requests) {
  size_t count = 0;
  for (const RankRequest& request : requests) count += request.candidates.size();
  return count;
}

void Ranker::score(std::span<const RankRequest> requests, std::span<float> out) const {
  const size_t count = heads().size();
  if (count == 1 && heads()[0].weight == 1) return score_heads(requests, out);
  std::vector<float> parts(out.size() * count);  // (candidates, heads)
  score_heads(requests, parts);
  combine(parts, out);
}

void Ranker::combine(std::span<const float> by_head, std::span<float> out) const {
  const std::vector<Head>& all = heads();
  for (size_t c = 0; c < out.size(); ++c) {
    float sum = 0;
    for (size_t h = 0; h < all.size(); ++h) sum += all[h].weight * by_head[c * all.size() + h];
    out[c] = sum;
  }
}

void Ranker::features(const RankRequest& /*request*/, std::span<float> out) const {
  KASKAD_ASSERT(out.empty());
}

void register_ranker(const std::string& kind, LoadRanker load) {
  rankers().add(kind, std::move(load));
}

std::unique_ptr<Ranker> load_ranker(const std::string& kind, const std::string& directory,
                                    const std::string& config_json,
                                    const std::vector<Head>& heads) {
  return rankers().find(kind, directory)(directory, config_json, heads);
}

}  // namespace kaskad
