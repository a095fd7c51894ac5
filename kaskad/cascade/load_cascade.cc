#include "kaskad/cascade/load_cascade.h"

#include <algorithm>
#include <functional>
#include <sstream>

#include "kaskad/core/error.h"
#include "kaskad/core/file.h"

namespace kaskad {
namespace {

// Reads the parts; what fails is given to `fault`, which may throw or go on.
class PartLoader {
 public:
  PartLoader(const CascadeConfig& config, std::function<void(const Error&)> fault,
             LoadedParts& loaded)
      : config_(config), fault_(std::move(fault)), loaded_(loaded) {}

  CascadeParts load() {
    CascadeParts parts;
    for (const StageConfig& stage : config_.retrievers) {
      RetrieverPair pair;
      pair.model = retriever(stage);
      for (const StageConfig& other : stage.other) pair.other = retriever(other);
      parts.retrievers.push_back(std::move(pair));
    }
    if (config_.prerank) parts.prerank = rankers(*config_.prerank);
    if (config_.rank) parts.rank = rankers(*config_.rank);
    if (!config_.items.empty()) {
      guarded(config_.items_place,
              [&] { parts.items = once(loaded_.datasets, config_.items, Dataset::open); });
    }
    if (!config_.available.empty()) {
      guarded(config_.available_place, [&] { parts.available = read_ids(config_.available); });
    }
    return parts;
  }

 private:
  template <typename Load>
  void guarded(const ConfigPlace& place, Load load) {
    try {
      load();
    } catch (const Error& error) {
      fault_(Error(place.text + ": " + error.what()));
    }
  }

  template <typename T, typename Load>
  static std::shared_ptr<const T> once(std::map<std::string, std::shared_ptr<const T>>& loaded,
                                       const std::string& path, Load load) {
    std::shared_ptr<const T>& part = loaded[path];
    if (!part) part = std::make_shared<const T>(load(path));
    return part;
  }

  std::shared_ptr<const Bundle> retriever(const StageConfig& stage) {
    std::shared_ptr<const Bundle> bundle;
    guarded(stage.place, [&] { bundle = once(loaded_.retrievers, stage.bundle, load_bundle); });
    return bundle;
  }

  std::shared_ptr<const RankerBundle> ranker(const StageConfig& stage) {
    std::shared_ptr<const RankerBundle> bundle;
    guarded(stage.place, [&] { bundle = once(loaded_.rankers, stage.bundle, load_ranker_bundle); });
    return bundle;
  }

  RankerPair rankers(const StageConfig& stage) {
    RankerPair pair;
    pair.model = ranker(stage);
    for (const StageConfig& other : stage.other) pair.other = ranker(other);
    return pair;
  }

  // One id a line; empty lines are none.
  static std::vector<std::string> read_ids(const std::string& path) {
    std::istringstream lines(read_file(path));
    std::vector<std::string> ids;
    for (std::string line; std::getline(lines, line);) {
      if (line.ends_with('\r')) line.pop_back();
      if (!line.empty()) ids.push_back(line);
    }
    return ids;
  }

  const CascadeConfig& config_;
  const std::function<void(const Error&)> fault_;
  LoadedParts& loaded_;
};

}  // namespace

CascadeParts load_parts(const CascadeConfig& config, std::function<void(const Error&)> fault,
                        LoadedParts& loaded) {
  return PartLoader(config, std::move(fault), loaded).load();
}

std::shared_ptr<const Cascade> load_cascade(const std::string& path,
                                            std::shared_ptr<StageThreads> threads) {
  LoadedParts loaded;
  return load_cascade(CascadeConfig::from_toml(path), std::move(threads), loaded);
}

std::shared_ptr<const Cascade> load_cascade(CascadeConfig config,
                                            std::shared_ptr<StageThreads> threads,
                                            LoadedParts& loaded) {
  CascadeParts parts = load_parts(config, [](const Error& error) { throw error; }, loaded);
  return std::make_shared<const Cascade>(std::move(config), std::move(parts), std::move(threads));
}

std::vector<Trial> try_cascade(const Cascade& cascade) {
  std::vector<Trial> trials(1);
  CascadeRequest nobody;
  nobody.history.emplace();
  trials[0].answer = cascade.recommend(std::move(nobody));
  if (!cascade.histories()) return trials;
  CascadeRequest somebody;
  somebody.user_id = std::string(cascade.histories()->bundle().users.name(0));
  trials.push_back({true, cascade.recommend(std::move(somebody))});
  return trials;
}

void try_stored_users(const Cascade& cascade, size_t most, std::chrono::milliseconds budget,
                      const std::function<void(const CascadeAnswer&)>& take) {
  if (!cascade.histories()) return;
  const IdMap& users = cascade.histories()->bundle().users;
  const size_t count = std::min(most, users.size());
  const auto end = std::chrono::steady_clock::now() + budget;
  for (size_t i = 0; i < count && std::chrono::steady_clock::now() < end; ++i) {
    CascadeRequest request;
    request.user_id = std::string(users.name(i * users.size() / count));
    const CascadeAnswer answer = cascade.recommend(std::move(request));
    if (std::ranges::any_of(answer.stages,
                            [](const StageRecord& one) { return one.fault.has_value(); }))
      return;
    take(answer);
  }
}

}  // namespace kaskad
