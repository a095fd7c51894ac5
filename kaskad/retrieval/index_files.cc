// An index on disk, and the names of its kinds.
#include <array>
#include <nlohmann/json.hpp>

#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/retrieval/built_index.h"
#include "kaskad/retrieval/hnsw_index.h"
#include "kaskad/retrieval/int8_index.h"

namespace kaskad {
namespace {

constexpr std::array<std::pair<IndexKind, const char*>, 4> kKinds = {{
    {IndexKind::kExact, "exact"},
    {IndexKind::kExactInt8, "int8"},
    {IndexKind::kHnsw, "hnsw"},
    {IndexKind::kAuto, "auto"},
}};

const BuiltIndex& built(const VectorIndex& index) {
  const auto* known = dynamic_cast<const BuiltIndex*>(&index);
  KASKAD_ASSERT(known != nullptr);
  return *known;
}

}  // namespace

void save_index(const VectorIndex& index, const std::string& directory) {
  const BuiltIndex& known = built(index);
  nlohmann::json json = known.report();
  if (const auto* graph = dynamic_cast<const HnswIndex*>(&known)) json["width"] = graph->width();
  known.save_files(directory);
  write_file(directory + "/index.json", json.dump(2) + "\n");
}

std::unique_ptr<VectorIndex> load_index(std::span<const float> items, size_t dimension,
                                        const std::string& directory) {
  KASKAD_ASSERT(dimension > 0 && items.size() % dimension == 0);
  const ItemRows all{items, dimension};
  check_finite(all, "item");
  const std::string path = directory + "/index.json";
  IndexReport report;
  size_t width = 0;
  try {
    const auto json = nlohmann::json::parse(read_file(path));
    report = json.get<IndexReport>();
    if (report.kind == IndexKind::kAuto) throw Error("'" + path + "' names no kind that was built");
    if (report.leading % 2 != 0 || report.leading > dimension) {
      throw Error("'" + path + "': found " + std::to_string(report.leading) +
                  " leading places, expected an even number up to " + std::to_string(dimension));
    }
    if (report.kind == IndexKind::kHnsw) width = json.at("width").get<size_t>();
  } catch (const nlohmann::json::exception& error) {
    throw Error("'" + path + "' is damaged: " + error.what());
  }
  std::unique_ptr<BuiltIndex> index;
  if (report.kind == IndexKind::kHnsw) {
    index = std::make_unique<HnswIndex>(items, dimension, HnswGraph::load(directory, all.count()),
                                        width);
  } else {
    index = make_index(report.kind, all, {});
    if (auto* int8 = dynamic_cast<Int8Index*>(index.get())) int8->lead_with(report.leading);
  }
  index->set_report(report);
  return index;
}

std::string to_string(IndexKind kind) {
  for (const auto& [value, name] : kKinds) {
    if (value == kind) return name;
  }
  KASKAD_ASSERT(!"a kind without a name");
  return {};
}

IndexKind parse_index_kind(const std::string& text) {
  std::string names;
  for (const auto& [value, name] : kKinds) {
    if (text == name) return value;
    names += (names.empty() ? "" : ", ") + std::string(name);
  }
  throw Error("index: found '" + text + "', expected one of " + names);
}

void to_json(nlohmann::json& json, const IndexReport& report) {
  json = {{"kind", to_string(report.kind)},
          {"recall", report.recall},
          {"recall_k", report.recall_k},
          {"seconds_a_query", report.seconds_a_query},
          {"build_seconds", report.build_seconds},
          {"bytes", report.bytes},
          {"leading", report.leading}};
}

void from_json(const nlohmann::json& json, IndexReport& report) {
  report.kind = parse_index_kind(json.at("kind").get<std::string>());
  json.at("recall").get_to(report.recall);
  json.at("recall_k").get_to(report.recall_k);
  json.at("seconds_a_query").get_to(report.seconds_a_query);
  json.at("build_seconds").get_to(report.build_seconds);
  json.at("bytes").get_to(report.bytes);
  report.leading = json.value("leading", size_t{0});  // bundles from before bounds have none
}

}  // namespace kaskad
