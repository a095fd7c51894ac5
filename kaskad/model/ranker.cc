#include "kaskad/model/ranker.h"

#include <map>
#include <mutex>
#include <utility>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

struct Registry {
  std::mutex mutex;
  std::map<std::string, LoadRanker> loaders;
};

Registry& registry() {
  static Registry instance;
  return instance;
}

}  // namespace

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
  for (size_t c = 0; c < out.size(); ++c) {
    float sum = 0;
    for (size_t h = 0; h < count; ++h) sum += heads()[h].weight * parts[c * count + h];
    out[c] = sum;
  }
}

void register_ranker(const std::string& kind, LoadRanker load) {
  const std::lock_guard lock(registry().mutex);
  registry().loaders[kind] = std::move(load);
}

std::unique_ptr<Ranker> load_ranker(const std::string& kind, const std::string& directory,
                                    const std::string& config_json,
                                    const std::vector<Head>& heads) {
  LoadRanker load;
  {
    const std::lock_guard lock(registry().mutex);
    const auto& loaders = registry().loaders;
    const auto found = loaders.find(kind);
    if (found == loaders.end()) {
      std::string known;
      for (const auto& [name, loader] : loaders) known += (known.empty() ? "" : ", ") + name;
      throw data_error("'" + directory + "'", 0, "", "a ranker of unknown kind '" + kind + "'",
                       "one of: " + known);
    }
    load = found->second;
  }
  return load(directory, config_json, heads);
}

}  // namespace kaskad
