#include "kaskad/retrieval/ensemble.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>

#include "kaskad/core/error.h"
#include "kaskad/core/npy.h"
#include "kaskad/model/bundle.h"
#include "kaskad/model/contributions.h"

namespace kaskad {
namespace {

std::string part_directory(const std::string& directory, size_t part) {
  return directory + "/part-" + std::to_string(part);
}

// scores -> chances: the softmax over all items that are not marked by `kLeftOut`.
constexpr float kLeftOut = -std::numeric_limits<float>::infinity();

void softmax(std::span<float> scores) {
  const float highest = *std::max_element(scores.begin(), scores.end());
  if (highest == kLeftOut) {  // the history holds the whole catalogue
    std::fill(scores.begin(), scores.end(), 0.0f);
    return;
  }
  double sum = 0;
  for (float& score : scores) sum += score = std::exp(score - highest);
  for (float& score : scores) score = static_cast<float>(score / sum);
}

// Whether the softmax of the scores is a chance: neural models are trained so, and the weights of
// several parts are fitted so. Taken as a share instead, a sum of logarithms is nearly flat.
bool scores_are_logits(const Retriever& model) {
  if (model.scores_every_item()) return true;
  const auto* parted = dynamic_cast<const PartedRetriever*>(&model);
  return parted != nullptr && parted->num_parts() > 1;
}

void shares(std::span<float> scores) {
  double sum = 0;
  for (float& score : scores) sum += score = std::max(0.0f, score);
  if (sum == 0) return;
  for (float& score : scores) score = static_cast<float>(score / sum);
}

}  // namespace

Ensemble::Ensemble(std::vector<EnsemblePart> parts, std::vector<uint64_t> popularity)
    : parts_(std::move(parts)),
      popularity_(std::move(popularity)),
      fill_(popularity_),
      filters_([items = popularity_.size()] { return std::make_unique<ItemFilter>(items); }) {
  if (parts_.empty()) throw Error("an ensemble of no models");
  for (const EnsemblePart& part : parts_) {
    if (part.model->num_items() == popularity_.size()) continue;
    throw Error("the ensemble's part '" + part.name + "' knows " +
                std::to_string(part.model->num_items()) + " items, expected " +
                std::to_string(popularity_.size()));
  }
}

std::unique_ptr<Ensemble> Ensemble::load(const std::string& directory,
                                         const std::string& config_json) {
  std::vector<EnsemblePart> parts;
  try {
    const auto config = nlohmann::json::parse(config_json);
    for (const auto& json : config.at("parts")) {
      EnsemblePart part;
      json.at("name").get_to(part.name);
      json.at("kind").get_to(part.kind);
      json.at("weight").get_to(part.weight);
      part.config = json.at("config").dump();
      part.model = load_retriever(part.kind, part_directory(directory, parts.size()), part.config);
      parts.push_back(std::move(part));
    }
  } catch (const nlohmann::json::exception& fault) {
    throw data_error(directory, 0, "config", fault.what(), "parts of name, kind, weight, config");
  }
  const NpyFile<uint64_t> popularity(directory + "/popularity.npy");
  return std::make_unique<Ensemble>(
      std::move(parts),
      std::vector<uint64_t>(popularity.values().begin(), popularity.values().end()));
}

void Ensemble::save(const std::string& directory) const {
  for (size_t p = 0; p < parts_.size(); ++p) {
    KASKAD_ASSERT(parts_[p].save != nullptr);
    std::filesystem::create_directories(part_directory(directory, p));
    parts_[p].save(part_directory(directory, p));
  }
  write_npy(directory + "/popularity.npy", popularity_);
}

std::string Ensemble::config_json() const {
  nlohmann::json parts = nlohmann::json::array();
  for (const EnsemblePart& part : parts_) {
    parts.push_back({{"name", part.name},
                     {"kind", part.kind},
                     {"weight", part.weight},
                     {"config", nlohmann::json::parse(part.config)}});
  }
  return nlohmann::json{{"parts", parts}}.dump();
}

// out (items) = log(1 + p / kShareFloor).
void Ensemble::part_evidence(const EnsemblePart& part, const Query& query,
                             std::span<float> out) const {
  part.model->score_all(query, out);
  const bool logits = scores_are_logits(*part.model);
  // Without evidence such a model gives 0 to all: no opinion, not an even chance.
  if (logits && std::all_of(out.begin(), out.end(), [](float score) { return score == 0; })) return;
  for (const ItemId item : query.history.items) {
    if (index(item) < out.size()) out[index(item)] = logits ? kLeftOut : 0.0f;
  }
  if (logits) {
    softmax(out);
  } else {
    shares(out);
  }
  for (float& chance : out) chance = std::log1p(chance / kShareFloor);
}

void Ensemble::score_parts(const Query& query, std::span<float> evidence) const {
  KASKAD_ASSERT(evidence.size() == parts_.size() * num_items());
  for (size_t p = 0; p < parts_.size(); ++p) {
    part_evidence(parts_[p], query, evidence.subspan(p * num_items(), num_items()));
  }
}

void Ensemble::set_weights(std::span<const double> weights) {
  KASKAD_ASSERT(weights.size() == parts_.size());
  for (size_t p = 0; p < weights.size(); ++p) parts_[p].weight = weights[p];
}

void Ensemble::score_all(const Query& query, std::span<float> scores) const {
  KASKAD_ASSERT(scores.size() == num_items());
  std::fill(scores.begin(), scores.end(), 0.0f);
  std::vector<float> evidence(num_items());
  for (const EnsemblePart& part : parts_) {
    part_evidence(part, query, evidence);
    const float weight = static_cast<float>(part.weight);
    for (size_t i = 0; i < scores.size(); ++i) scores[i] += weight * evidence[i];
  }
}

void Ensemble::retrieve(std::span<const Query> queries, size_t k, std::span<ScoredItem> out) const {
  KASKAD_ASSERT(out.size() == queries.size() * k);
  const Pool<ItemFilter>::Loan filter(filters_);
  std::vector<float> scores(num_items());
  for (size_t q = 0; q < queries.size(); ++q) {
    const auto row = out.subspan(q * k, k);
    score_all(queries[q], scores);
    filter->set(queries[q]);
    const size_t used = top_k(scores, *filter, row);
    if (used < row.size()) fill_.fill(*filter, row, used);
  }
}

// A part's terms are scaled to what the part adds to the item's final score.
std::vector<std::vector<Contribution>> Ensemble::explain(const Query& query,
                                                         std::span<const ItemId> items) const {
  const size_t events = query.history.size();
  std::vector<float> shares(items.size() * events, 0.0f), evidence(num_items());
  for (const EnsemblePart& part : parts_) {
    const auto reasons = part.model->explain(query, items);
    part_evidence(part, query, evidence);
    for (size_t i = 0; i < items.size(); ++i) {
      double total = 0;
      for (const Contribution& reason : reasons[i]) total += reason.share;
      if (total == 0) continue;
      const double added = part.weight * evidence[index(items[i])];
      for (const Contribution& reason : reasons[i]) {
        shares[i * events + reason.position] += static_cast<float>(reason.share / total * added);
      }
    }
  }
  std::vector<std::vector<Contribution>> result(items.size());
  for (size_t i = 0; i < items.size(); ++i) {
    result[i] = strongest_first(std::span(shares).subspan(i * events, events));
  }
  return result;
}

std::vector<ScoredItem> Ensemble::similar(ItemId item, size_t k) const {
  for (const EnsemblePart& part : parts_) {
    auto found = part.model->similar(item, k);
    if (!found.empty()) return found;
  }
  return {};
}

const FeatureSchema* Ensemble::user_schema() const {
  for (const EnsemblePart& part : parts_) {
    if (const FeatureSchema* schema = part.model->user_schema()) return schema;
  }
  return nullptr;
}

bool Ensemble::reads_query() const {
  return std::any_of(parts_.begin(), parts_.end(),
                     [](const EnsemblePart& part) { return part.model->reads_query(); });
}

void register_ensemble() { register_retriever(Ensemble::kKind, Ensemble::load); }

}  // namespace kaskad
