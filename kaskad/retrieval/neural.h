// The Retriever of every model whose graph turns a history into a vector: ours from training, or a
// user's own ONNX file. score = <user vector, item vector>. Registered as the kind "neural".
//   user.onnx       history -> (batch, dimension)
//   items.npy       (items, dimension) float32
//   popularity.npy  (items) uint64 learned events: fills up what is missing
#pragma once

#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/core/npy.h"
#include "kaskad/model/retriever.h"
#include "kaskad/model/top_k.h"
#include "kaskad/onnx/session.h"
#include "kaskad/retrieval/neural_config.h"
#include "kaskad/retrieval/vector_index.h"

namespace kaskad {

// Items that the catalogue lacks are left out of histories. A history of which nothing remains is
// answered by popularity, unless the model has a token for where a history begins.
class NeuralRetriever : public Retriever {
 public:
  static constexpr const char* kKind = "neural";

  // Of a model in memory: `user_graph` is an ONNX file, `items` (items, dimension), `popularity`
  // (items). Throws Error naming the tensor when the graph does not fit the config.
  static std::unique_ptr<NeuralRetriever> create(const NeuralConfig& config, std::string user_graph,
                                                 std::vector<float> items,
                                                 std::vector<uint64_t> popularity);
  // Of the files that save() and write_neural() write; item vectors stay mapped.
  static std::unique_ptr<NeuralRetriever> load(const std::string& directory,
                                               const std::string& config_json);
  ~NeuralRetriever() override;

  void save(const std::string& directory) const;
  std::string config_json() const;
  const NeuralConfig& config() const { return config_; }
  const IndexReport& index_report() const { return index_->report(); }

  std::string kind() const override { return kKind; }
  size_t num_items() const override { return popularity_.size(); }
  bool scores_every_item() const override { return true; }
  void retrieve(std::span<const Query> queries, size_t k, std::span<ScoredItem> out) const override;
  void score_all(const Query& query, std::span<float> scores) const override;
  std::vector<ScoredItem> similar(ItemId item, size_t k) const override;  // by cosine
  std::string search_note() const override;

  // Row q of `out` (dimension a row) becomes the vector of queries[q], zeros where it has none.
  // Returns (queries) whether it has one.
  std::vector<bool> user_vectors(std::span<const Query> queries, std::span<float> out) const;

 private:
  struct Graph;    // user.onnx: its bytes and its session
  struct Vectors;  // of the items: in memory or mapped
  struct Cosine;   // the index of similar(), made when it is first asked
  class FilterPool;

  NeuralRetriever(const NeuralConfig& config, std::unique_ptr<Graph> graph,
                  std::unique_ptr<Vectors> vectors, std::vector<uint64_t> popularity);

  std::span<const float> item_vector(ItemId item) const;
  void fill_up(std::span<const float> user, ItemFilter& filter, std::span<ScoredItem> row) const;
  const Cosine& cosine() const;

  NeuralConfig config_;
  std::unique_ptr<Graph> graph_;
  std::unique_ptr<Vectors> vectors_;
  std::vector<uint64_t> popularity_;   // (items)
  std::vector<uint8_t> in_histories_;  // (items) whether the model may see the item
  PopularityFill fill_;
  std::unique_ptr<VectorIndex> index_;
  std::unique_ptr<FilterPool> filters_;
  mutable std::once_flag cosine_once_;
  mutable std::unique_ptr<Cosine> cosine_;
};

// Writes the files of a model into `directory`, in which load() finds them.
void write_neural(const std::string& directory, const NeuralConfig& config,
                  std::string_view user_graph, std::span<const float> items,
                  std::span<const uint64_t> popularity);

// Throws Error naming the tensor, its shape in the file and the one that `config` asks for.
void check_user_graph(const OnnxSession& session, const NeuralConfig& config);

// Lets load_bundle() find the kind.
void register_neural();

}  // namespace kaskad
