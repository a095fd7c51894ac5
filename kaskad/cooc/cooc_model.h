// The Retriever made of item-item matrices: one variant of the grid, or a blend of several.
// Registered as the kind "cooc".
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kaskad/cooc/item_matrix.h"
#include "kaskad/cooc/variant.h"
#include "kaskad/core/npy.h"
#include "kaskad/core/pool.h"
#include "kaskad/model/parted_retriever.h"
#include "kaskad/model/top_k.h"

namespace kaskad {

// One matrix of a model, in memory or mapped.
struct ModelMatrix {
  ItemMatrix owned;
  NpyFile<uint64_t> row_begin_file;
  NpyFile<uint32_t> columns_file;
  NpyFile<float> values_file;
  MatrixView view;
};

class ScoreRow;

// Asking is thread-safe: each thread has scratch memory of some bytes an item, kept between calls.
class CoocModel : public PartedRetriever {
 public:
  // `matrices` has one entry per part of the blend; `popularity` (items) counts occurrences.
  CoocModel(Blend blend, std::vector<ItemMatrix> matrices, std::vector<uint64_t> popularity);
  ~CoocModel() override;

  // Arrays that save() wrote into `directory`; config_json is config()'s.
  static std::unique_ptr<CoocModel> load(const std::string& directory,
                                         const std::string& config_json);
  void save(const std::string& directory) const;
  std::string config() const;

  std::string kind() const override { return "cooc"; }
  size_t num_items() const override { return popularity_.size(); }
  void retrieve(std::span<const Query> queries, size_t k, std::span<ScoredItem> out) const override;
  void score_all(const Query& query, std::span<float> scores) const override;
  std::vector<std::vector<Contribution>> explain(const Query& query,
                                                 std::span<const ItemId> items) const override;
  std::vector<ScoredItem> similar(ItemId item, size_t k) const override;

  size_t num_parts() const override { return blend_.parts.size(); }
  void score_parts(const Query& query, std::span<float> evidence) const override;
  void set_weights(std::span<const double> weights) override;

  const Blend& blend() const { return blend_; }
  uint64_t matrix_bytes() const;  // in memory or mapped
  // Drops the parts that are not listed. `parts` ascend. Not while another thread asks the model.
  void keep_parts(std::span<const size_t> parts);

 private:
  struct Scratch;

  CoocModel(Blend blend, std::vector<uint64_t> popularity);
  void check_matrices() const;
  void score_part(size_t part, const Query& query, Scratch& scratch) const;
  static double positive_sum(const Query& query, ScoreRow& row);
  void blend_part(float weight, const Query& query, Scratch& scratch) const;
  void score(const Query& query, Scratch& scratch) const;
  void part_factors(size_t part, const Query& query, std::span<const ItemId> items, ScoreRow& row,
                    std::span<float> factors) const;
  void add_similar(size_t part, ItemId item, std::span<float> scores) const;
  void choose(const Query& query, Scratch& scratch) const;
  void answer(const Query& query, Scratch& scratch, std::span<ScoredItem> best) const;

  Blend blend_;
  std::vector<ModelMatrix> matrices_;  // (parts)
  std::vector<uint64_t> popularity_;   // (items)
  PopularityFill fill_;
  mutable Pool<Scratch> scratch_;
};

// Makes load_bundle() know the kind; call once at the start of a program.
void register_cooc();

}  // namespace kaskad
