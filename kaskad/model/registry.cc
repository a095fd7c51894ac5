#include "kaskad/model/bundle.h"
#include "kaskad/model/loader_registry.h"

namespace kaskad {
namespace {

LoaderRegistry<LoadRetriever>& retrievers() {
  static LoaderRegistry<LoadRetriever> instance("model");
  return instance;
}

}  // namespace

void register_retriever(const std::string& kind, LoadRetriever load) {
  retrievers().add(kind, std::move(load));
}

std::unique_ptr<Retriever> load_retriever(const std::string& kind, const std::string& directory,
                                          const std::string& config_json) {
  return retrievers().find(kind, directory)(directory, config_json);
}

}  // namespace kaskad
