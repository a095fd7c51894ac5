#include "cli/nested_rankers.h"

#include <memory>

#include "kaskad/core/error.h"
#include "kaskad/eval/run_directories.h"

namespace kaskad::cli {

std::vector<NestedRanker> open_nested(const std::vector<std::string>& given,
                                      const Dataset& dataset) {
  std::vector<NestedRanker> nested;
  for (const std::string& text : given) {
    const NamedRun named = parse_named_run(text);
    auto bundle = std::make_shared<const RankerBundle>(load_ranker_bundle(named.path));
    if (bundle->items.hash() != dataset.items().hash()) {
      throw Error("ranker '" + named.path + "' was made for other items than those of '" +
                  dataset.directory() + "'");
    }
    nested.push_back({named.name, std::move(bundle)});
  }
  return nested;
}

}  // namespace kaskad::cli
