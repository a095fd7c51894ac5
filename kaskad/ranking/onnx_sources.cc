#include "kaskad/ranking/onnx_sources.h"

#include <algorithm>

#include "kaskad/core/error.h"
#include "kaskad/core/nearest_name.h"
#include "kaskad/ranking/onnx_source_parts.h"

namespace kaskad {
namespace {

const SourceEntries& source_entries() {
  static const SourceEntries entries = [] {
    SourceEntries all;
    add_history_sources(all);
    add_request_sources(all);
    add_candidate_sources(all);
    return all;
  }();
  return entries;
}

// Keys that this source does not look at would be lost without a word.
void check_keys(const OnnxInput& input, const SourceEntry& entry) {
  if (entry.feature != !input.feature.empty()) {
    throw Error(input.place + ": found '" + input.source + "' " +
                (entry.feature ? "without 'feature', expected the name of one"
                               : "with 'feature', expected none"));
  }
  const bool columns = input.source == "features" || input.source == "counters";
  if (!input.columns.empty() && !columns) {
    throw Error(input.place + ": found 'columns' with '" + input.source +
                "', expected them with features or counters alone");
  }
  if (input.values > 0 && !entry.feature) {
    throw Error(input.place + ": found 'values' with '" + input.source +
                "', expected it with categories of items or users alone");
  }
}

}  // namespace

int64_t id_token(ItemId item, size_t num_items) {
  return index(item) < num_items ? static_cast<int64_t>(index(item)) + 1 : 0;
}

std::vector<std::string> onnx_source_names() {
  std::vector<std::string> names;
  for (const auto& [name, entry] : source_entries()) names.push_back(name);
  return names;
}

OnnxHistory select_history(const RankRequest& request, const OnnxMapping& mapping,
                           size_t num_items) {
  OnnxHistory history;
  const auto items = request.history.items;
  for (size_t at = items.size(); at-- > 0 && history.events.size() < mapping.history;) {
    if (index(items[at]) < num_items) history.events.push_back(at);
  }
  std::ranges::reverse(history.events);
  history.places = mapping.padding == OnnxMapping::Padding::kNone
                       ? std::max<size_t>(history.events.size(), 1)
                       : mapping.history;
  if (mapping.padding == OnnxMapping::Padding::kLeft) {
    history.first = history.places - history.events.size();
  }
  return history;
}

OnnxSource make_onnx_source(const OnnxInput& input, const OnnxMapping& mapping,
                            const OnnxTables& tables) {
  const auto found = source_entries().find(input.source);
  if (found == source_entries().end()) {
    throw Error(input.place + ": found '" + input.source + "', expected " +
                one_of(onnx_source_names(), input.source));
  }
  check_keys(input, found->second);
  return found->second.make({input, mapping, tables});
}

}  // namespace kaskad
