#include "kaskad/ranking/list_halves.h"

#include <filesystem>

#include "kaskad/core/error.h"

namespace kaskad {

std::pair<Impressions, Impressions> halve_lists(const Impressions& lists,
                                                const std::string& directory) {
  const ImpressionFacts& facts = lists.facts();
  std::vector<std::string_view> queries;
  for (size_t q = 0; q < lists.queries().size(); ++q) queries.push_back(lists.queries().name(q));
  const auto half = [&](size_t parity) {
    ImpressionWriter writer(lists.num_heads(), facts.contexts.size());
    for (size_t l = 0; l < lists.size(); ++l) {
      const ImpressionList list = lists.list(l);
      const size_t number = list.user == kNoUser ? l : index(list.user);
      if (number % 2 == parity) writer.append(list);
    }
    if (writer.size() == 0) {
      throw data_error(lists.directory(), 0, "", std::to_string(lists.size()) + " lists",
                       "enough of several users for two halves");
    }
    const std::string to = directory + "/half-" + std::to_string(parity);
    std::filesystem::create_directories(to);
    writer.finish(to, lists.known_end(), facts, queries);
    return Impressions::open(to);
  };
  return {half(0), half(1)};
}

}  // namespace kaskad
