// The Retriever of every model whose graph turns a history into a vector: ours from training, or a
// user's own ONNX file. score = <user vector, item vector>. Registered as the kind "neural".
//   user.onnx       history -> (batch, dimension)
//   items.npy       (items, dimension) float32
//   user_schema.json  the features of users that the graph reads, if any
//   popularity.npy  (items) uint64 learned events: fills up what is missing
//   index.json ...  the index over the items, as vector_index.h writes it
#pragma once

#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/core/npy.h"
#include "kaskad/core/pool.h"
#include "kaskad/model/retriever.h"
#include "kaskad/model/top_k.h"
#include "kaskad/onnx/session.h"
#include "kaskad/retrieval/neural_config.h"
#include "kaskad/retrieval/vector_index.h"

namespace kaskad {

class HistoryTokens;

// Items that the catalogue lacks are left out of histories. A history of which nothing remains is
// answered by popularity, unless the model has a token for where a history begins.
class NeuralRetriever : public Retriever {
 public:
  static constexpr const char* kKind = "neural";

  // Of a model in memory, to be saved or asked: `user_graph` is an ONNX file, `items` (items,
  // dimension), `popularity` (items), `schema` what the config's user inputs are made of. Builds
  // the index, on all threads, and measures it with the vectors of the `typical` queries (none:
  // with item vectors). Throws Error naming the tensor when the graph does not fit the config.
  static std::unique_ptr<NeuralRetriever> create(const NeuralConfig& config, std::string user_graph,
                                                 std::vector<float> items,
                                                 std::vector<uint64_t> popularity,
                                                 std::span<const Query> typical = {},
                                                 FeatureSchema schema = {});
  // Of the files that save() wrote; item vectors stay mapped.
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
  const FeatureSchema* user_schema() const override {
    return config_.user.features() ? &schema_ : nullptr;
  }
  std::string search_note() const override;

  // Row q of `out` (dimension a row) becomes the vector of queries[q], zeros where it has none.
  // Returns (queries) whether it has one.
  std::vector<bool> user_vectors(std::span<const Query> queries, std::span<float> out) const;

 private:
  struct Graph;                             // user.onnx: its bytes and its session
  struct Vectors;                           // of the items: in memory or mapped
  struct Cosine;                            // the index of similar(), made when it is first asked
  struct Batch;                             // inputs and output of one run of the graph
  using Filters = std::vector<ItemFilter>;  // one for each query searched at once

  // Without an index: create() builds it, load() reads it.
  NeuralRetriever(const NeuralConfig& config, std::unique_ptr<Graph> graph,
                  std::unique_ptr<Vectors> vectors, std::vector<uint64_t> popularity,
                  FeatureSchema schema);

  void build(std::span<const Query> typical);
  // One run of the graph: vectors (rows, dimension) of queries[rows[i]].
  void run_batch(std::span<const Query> queries, std::span<const uint32_t> rows,
                 const HistoryTokens& tokens, Batch& batch) const;

  std::span<const float> item_vector(ItemId item) const;
  void fill_up(std::span<const float> user, ItemFilter& filter, std::span<ScoredItem> row) const;
  const Cosine& cosine() const;

  NeuralConfig config_;
  FeatureSchema schema_;  // empty unless config_.user names features
  std::unique_ptr<Graph> graph_;
  std::unique_ptr<Vectors> vectors_;
  std::vector<uint64_t> popularity_;   // (items)
  std::vector<uint8_t> in_histories_;  // (items) whether the model may see the item
  PopularityFill fill_;
  std::unique_ptr<VectorIndex> index_;
  mutable Pool<Filters> filters_;
  mutable std::once_flag cosine_once_;
  mutable std::unique_ptr<Cosine> cosine_;
};

// What a bundle of such a model needs beside its config: create() and save() in one.
void write_neural(const std::string& directory, const NeuralConfig& config, std::string user_graph,
                  std::vector<float> items, std::vector<uint64_t> popularity,
                  std::span<const Query> typical = {}, FeatureSchema schema = {});

// Questions of users who are spread over the dataset, as far as may be learned: for create().
std::vector<Query> typical_queries(const Dataset& dataset, std::span<const uint32_t> fit_end,
                                   size_t count = 200);

// Throws Error naming the tensor, its shape in the file and the one that `config` asks for.
void check_user_graph(const OnnxSession& session, const NeuralConfig& config,
                      const FeatureSchema& schema);

// Throws Error when the vector of a beginning of the query's history depends on the padding in
// front of it, so that an answer would depend on who else asks at the same time.
void check_padding(const NeuralRetriever& model, const Query& query);

// Lets load_bundle() find the kind.
void register_neural();

}  // namespace kaskad
