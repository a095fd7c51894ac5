// Somebody's own ranker, any graph that takes what kaskad knows of a request: kind "onnx". The
// user's mapping says what each input and output means (onnx_mapping.h). Made by onnx_import.h.
//   mapping.toml  as the user wrote it; paths in it are not followed any more
//   model.onnx
//   features/ tables/ counters/ tokens.txt  what the inputs read, as far as they do (onnx_tables.h)
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kaskad/core/pool.h"
#include "kaskad/model/ranker.h"
#include "kaskad/onnx/session.h"
#include "kaskad/ranking/onnx_inputs.h"
#include "kaskad/ranking/onnx_outputs.h"

namespace kaskad {

// A mapping with all that it names.
struct OnnxRankerParts {
  std::string mapping_text = {}, mapping_path = {};  // the path stands in errors
  std::string graph_path = {};
  std::string tokens_path = {};  // empty: no list of words
  OnnxTables tables = {};
};

class OnnxRanker : public Ranker {
 public:
  // Throws Error showing both sides where the graph and the mapping differ, also where a trial
  // request that nothing is known of gets another number of scores or no numbers.
  OnnxRanker(OnnxRankerParts parts, std::vector<Head> heads);

  static std::unique_ptr<OnnxRanker> load(const std::string& directory,
                                          const std::string& config_json,
                                          const std::vector<Head>& heads);
  void save(const std::string& directory) const;
  std::string config_json() const;

  std::string kind() const override { return "onnx"; }
  size_t num_items() const override { return parts_->tables.num_items; }
  const std::vector<Head>& heads() const override { return heads_; }
  std::vector<std::string> context_names() const override { return parts_->tables.contexts; }
  std::vector<std::string> action_names() const override { return parts_->tables.actions; }
  float tolerance() const override;
  std::shared_ptr<LivePages> live_pages() const override { return parts_->tables.counters; }
  std::optional<int64_t> counted_until() const override {
    return parts_->tables.features ? parts_->tables.features->counted_until() : std::nullopt;
  }
  void score_heads(std::span<const RankRequest> requests, std::span<float> out) const override;

  const OnnxMapping& mapping() const { return mapping_; }
  const OnnxSession& session() const { return session_; }

 private:
  void score_one(const RankRequest& request, OnnxInputs::Scratch& scratch,
                 std::span<float> out) const;
  void try_out() const;

  const std::unique_ptr<const OnnxRankerParts> parts_;  // sources point into it
  const OnnxMapping mapping_;
  const std::vector<Head> heads_;
  const OnnxSession session_;
  const OnnxInputs inputs_;
  const OnnxOutputs outputs_;
  mutable Pool<OnnxInputs::Scratch> scratch_;
};

// The mapping's heads, or one of `name` where it has none. Lets others weigh them.
std::vector<OnnxHead> heads_or(const OnnxMapping& mapping, const std::string& name);

// Lets load_ranker() find the kind.
void register_onnx_ranker();

}  // namespace kaskad
