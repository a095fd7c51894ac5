// The files that make sources of an ONNX ranker's inputs, by what they read. Private to
// kaskad/ranking/.
#pragma once

#include <map>
#include <string>

#include "kaskad/ranking/onnx_sources.h"

namespace kaskad {

struct SourceParts {
  const OnnxInput& input;
  const OnnxMapping& mapping;
  const OnnxTables& tables;
};

struct SourceEntry {
  OnnxSource (*make)(const SourceParts&);
  bool feature = false;  // the input must name one
};
using SourceEntries = std::map<std::string, SourceEntry, std::less<>>;

void add_history_sources(SourceEntries& entries);
void add_request_sources(SourceEntries& entries);
void add_candidate_sources(SourceEntries& entries);

// Item + 1; 0 outside the catalogue.
int64_t id_token(ItemId item, size_t num_items);

}  // namespace kaskad
