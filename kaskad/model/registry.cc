#include <map>
#include <mutex>

#include "kaskad/core/error.h"
#include "kaskad/model/bundle.h"

namespace kaskad {
namespace {

struct Registry {
  std::mutex mutex;
  std::map<std::string, LoadRetriever> loaders;
};

Registry& registry() {
  static Registry instance;
  return instance;
}

}  // namespace

void register_retriever(const std::string& kind, LoadRetriever load) {
  std::lock_guard lock(registry().mutex);
  registry().loaders[kind] = std::move(load);
}

std::unique_ptr<Retriever> load_retriever(const std::string& kind, const std::string& directory,
                                          const std::string& config_json) {
  LoadRetriever load;
  {
    std::lock_guard lock(registry().mutex);
    const auto& loaders = registry().loaders;
    const auto found = loaders.find(kind);
    if (found == loaders.end()) {
      std::string known;
      for (const auto& [name, loader] : loaders) known += (known.empty() ? "" : ", ") + name;
      throw data_error("'" + directory + "'", 0, "", "a model of unknown kind '" + kind + "'",
                       "one of: " + known);
    }
    load = found->second;
  }
  return load(directory, config_json);
}

}  // namespace kaskad
