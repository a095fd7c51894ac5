#include "kaskad/ranking/onnx_ranker.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "kaskad/core/error.h"
#include "kaskad/core/file.h"

namespace kaskad {
namespace {

using nlohmann::json;

// Rows of one run of a graph that takes rows: bounds its memory.
constexpr size_t kMostRows = 4096;

// By name, as the bundle's manifest has the heads; the mapping may leave a single one out.
std::vector<OnnxHead> outputs_of(const OnnxMapping& mapping, const std::vector<Head>& heads) {
  if (mapping.heads.empty() && heads.size() == 1) return heads_or(mapping, heads[0].name);
  const auto same = [](const OnnxHead& one, const Head& other) { return one.name == other.name; };
  if (std::ranges::equal(mapping.heads, heads, same)) return mapping.heads;
  throw Error("an ONNX ranker: found " + std::to_string(heads.size()) +
              " heads, expected those of its mapping, " + std::to_string(mapping.heads.size()));
}

}  // namespace

std::vector<OnnxHead> heads_or(const OnnxMapping& mapping, const std::string& name) {
  if (!mapping.heads.empty()) return mapping.heads;
  return {{.name = name}};
}

OnnxRanker::OnnxRanker(OnnxRankerParts parts, std::vector<Head> heads)
    : parts_(std::make_unique<const OnnxRankerParts>(std::move(parts))),
      mapping_(parse_onnx_mapping(parts_->mapping_text, parts_->mapping_path)),
      heads_(std::move(heads)),
      session_(parts_->graph_path),
      inputs_(mapping_, parts_->tables, session_),
      outputs_(outputs_of(mapping_, heads_), session_),
      scratch_([] { return std::make_unique<OnnxInputs::Scratch>(); }) {
  try_out();
}

// A list that nothing is known of, and one candidate alone: shapes that only running tells.
void OnnxRanker::try_out() const {
  const std::vector<ItemId> unknown(3, kNoItem);
  for (const size_t count : {3, 1}) {
    RankRequest request;
    request.candidates = std::span(unknown).first(count);
    std::vector<float> scores(count * heads_.size());
    score_heads({&request, 1}, scores);
  }
}

float OnnxRanker::tolerance() const {
  const float nested = parts_->tables.features ? parts_->tables.features->tolerance() : 0;
  return std::max(Ranker::tolerance(), nested);
}

void OnnxRanker::score_heads(std::span<const RankRequest> requests, std::span<float> out) const {
  KASKAD_ASSERT(out.size() == num_candidates(requests) * heads_.size());
  const Pool<OnnxInputs::Scratch>::Loan scratch(scratch_);
  for (const RankRequest& request : requests) {
    const size_t values = request.candidates.size() * heads_.size();
    if (values > 0) score_one(request, *scratch, out.first(values));
    out = out.subspan(values);
  }
}

void OnnxRanker::score_one(const RankRequest& request, OnnxInputs::Scratch& scratch,
                           std::span<float> out) const {
  const size_t count = request.candidates.size();
  const size_t block = mapping_.style == OnnxMapping::Style::kRows ? kMostRows : count;
  inputs_.read(request, scratch);
  for (size_t first = 0; first < count; first += block) {
    const size_t some = std::min(block, count - first);
    const auto answers = session_.run(inputs_.pack(scratch, first, some), outputs_.wanted());
    outputs_.write(answers, some, out.subspan(first * heads_.size(), some * heads_.size()));
  }
}

void OnnxRanker::save(const std::string& directory) const {
  write_file(directory + "/mapping.toml", parts_->mapping_text);
  write_file(directory + "/model.onnx", read_file(parts_->graph_path));
  if (!parts_->tokens_path.empty()) {
    write_file(directory + "/tokens.txt", read_file(parts_->tokens_path));
  }
  parts_->tables.save(directory, mapping_);
}

std::string OnnxRanker::config_json() const {
  return json{{"tables", parts_->tables.describe(mapping_)}}.dump();
}

std::unique_ptr<OnnxRanker> OnnxRanker::load(const std::string& directory,
                                             const std::string& config_json,
                                             const std::vector<Head>& heads) {
  OnnxRankerParts parts;
  parts.mapping_path = directory + "/mapping.toml";
  parts.mapping_text = read_file(parts.mapping_path);
  parts.graph_path = directory + "/model.onnx";
  const bool words = !parse_onnx_mapping(parts.mapping_text, parts.mapping_path).tokens.empty();
  if (words) parts.tokens_path = directory + "/tokens.txt";
  try {
    parts.tables = OnnxTables::load(directory, json::parse(config_json).at("tables"));
  } catch (const json::exception& fault) {
    throw data_error(directory, 0, "config", fault.what(), "what the inputs read, as 'tables'");
  }
  return std::make_unique<OnnxRanker>(std::move(parts), heads);
}

void register_onnx_ranker() { register_ranker("onnx", OnnxRanker::load); }

}  // namespace kaskad
