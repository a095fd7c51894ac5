// Several retrievers of any kinds as one: a geometric mean of experts, like the blend of matrices
// in cooc/variant.h but over whole models. Registered as the kind "ensemble".
//   score(j) = sum over parts m of  weight_m * log(1 + p_m(j) / kShareFloor)
// p_m(j) is what part m thinks the chance of j is among the items outside the history: the softmax
// of its scores where these are logits, else its share of the positive scores.
//   part-0/ part-1/ ...   the files of each part
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kaskad/core/pool.h"
#include "kaskad/model/parted_retriever.h"
#include "kaskad/model/top_k.h"

namespace kaskad {

// About a tenth of an even share on a catalogue of a thousand items: below it, evidence is noise.
inline constexpr float kShareFloor = 1e-4f;

struct EnsemblePart {
  std::string name = {};    // of the run it came from
  std::string kind = {};    // registered
  std::string config = {};  // of the kind, JSON
  double weight = 1;
  std::shared_ptr<const Retriever> model;
  std::function<void(const std::string& directory)> save = {};
};

class Ensemble : public PartedRetriever {
 public:
  static constexpr const char* kKind = "ensemble";

  // `popularity` (items) fills up what is missing. Throws Error when the parts know different
  // numbers of items, or there are none.
  Ensemble(std::vector<EnsemblePart> parts, std::vector<uint64_t> popularity);
  static std::unique_ptr<Ensemble> load(const std::string& directory,
                                        const std::string& config_json);
  void save(const std::string& directory) const;
  std::string config_json() const;

  std::string kind() const override { return kKind; }
  size_t num_items() const override { return popularity_.size(); }
  void retrieve(std::span<const Query> queries, size_t k, std::span<ScoredItem> out) const override;
  void score_all(const Query& query, std::span<float> scores) const override;
  std::vector<std::vector<Contribution>> explain(const Query& query,
                                                 std::span<const ItemId> items) const override;
  std::vector<ScoredItem> similar(ItemId item, size_t k) const override;

  // Of the first part that reads any: parts are made from one dataset.
  const FeatureSchema* user_schema() const override;

  // Whether any part does.
  bool reads_query() const override;

  size_t num_parts() const override { return parts_.size(); }
  const std::vector<EnsemblePart>& parts() const { return parts_; }
  void score_parts(const Query& query, std::span<float> evidence) const override;
  void set_weights(std::span<const double> weights) override;

 private:
  void part_evidence(const EnsemblePart& part, const Query& query, std::span<float> out) const;

  std::vector<EnsemblePart> parts_;
  std::vector<uint64_t> popularity_;
  PopularityFill fill_;
  mutable Pool<ItemFilter> filters_;
};

// Lets load_bundle() find the kind.
void register_ensemble();

}  // namespace kaskad
