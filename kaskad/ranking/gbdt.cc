#include "kaskad/ranking/gbdt.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "kaskad/core/error.h"
#include "kaskad/core/file.h"

namespace kaskad {
namespace {

namespace fs = std::filesystem;

// So many candidates are computed and predicted at once: some MB of features.
constexpr size_t kBlock = 1 << 14;

std::string model_name(size_t head, const std::string& path) {
  return "model-" + std::to_string(head) + fs::path(path).extension().string();
}

// Where each name lies among the columns. Throws Error naming the first that is not there.
std::vector<size_t> find_columns(const std::vector<FeatureColumn>& columns,
                                 const std::vector<std::string>& names) {
  std::vector<size_t> found;
  for (const std::string& name : names) {
    const auto at = std::find_if(columns.begin(), columns.end(),
                                 [&](const FeatureColumn& column) { return column.name == name; });
    if (at == columns.end()) {
      std::string known;
      for (const FeatureColumn& column : columns)
        known += (known.empty() ? "" : ", ") + column.name;
      throw data_error("a model", 0, "features", "'" + name + "'", "one of: " + known);
    }
    found.push_back(static_cast<size_t>(at - columns.begin()));
  }
  return found;
}

bool all_in_order(const std::vector<size_t>& found, size_t count) {
  if (found.size() != count) return false;
  for (size_t i = 0; i < count; ++i) {
    if (found[i] != i) return false;
  }
  return true;
}

}  // namespace

void retrieval_prior(float a, std::span<const uint32_t> ranks, std::span<float> out) {
  const auto behind = static_cast<float>(out.size() + 1);
  for (size_t i = 0; i < out.size(); ++i) {
    const bool known = !ranks.empty() && ranks[i] > 0;
    out[i] = -a * std::log(known ? static_cast<float>(ranks[i]) : behind);
  }
}

GbdtRanker::GbdtRanker(GbdtFeatures features, std::vector<Head> heads, std::vector<HeadTrees> trees)
    : features_(std::move(features)),
      heads_(std::move(heads)),
      trees_(std::move(trees)),
      scratch_([] { return std::make_unique<Scratch>(); }) {
  KASKAD_ASSERT(!heads_.empty() && heads_.size() == trees_.size());
  for (const HeadTrees& head : trees_) {
    if (head.features.size() != head.model->num_features()) {
      throw data_error("a model", 0, "features",
                       std::to_string(head.features.size()) + " names of features",
                       std::to_string(head.model->num_features()) + " as the model has");
    }
    auto found = find_columns(features_.columns(), head.features);
    if (all_in_order(found, features_.columns().size())) found.clear();
    columns_.push_back(std::move(found));
  }
}

std::unique_ptr<GbdtRanker> GbdtRanker::load(const std::string& directory,
                                             const std::string& config_json,
                                             const std::vector<Head>& heads) {
  std::vector<HeadTrees> trees;
  std::vector<std::string> nested;
  try {
    const auto config = nlohmann::json::parse(config_json);
    nested = config.value("nested", nested);  // a bundle without any need not say so
    for (const auto& entry : config.at("models")) {
      trees.push_back(
          {std::make_unique<const Booster>(directory + "/" + entry.at("file").get<std::string>()),
           entry.at("features").get<std::vector<std::string>>(),
           entry.at("retrieval_prior").get<float>()});
    }
  } catch (const nlohmann::json::exception& fault) {
    throw data_error(directory, 0, "config", fault.what(), "models with file and features");
  }
  if (heads.empty() || trees.size() != heads.size()) {
    throw data_error(directory, 0, "config", std::to_string(trees.size()) + " models",
                     std::to_string(heads.size()) + ", one a head");
  }
  return std::make_unique<GbdtRanker>(GbdtFeatures::load(directory, nested), heads,
                                      std::move(trees));
}

std::string GbdtRanker::config_json(const std::vector<std::string>& models) const {
  nlohmann::json list = nlohmann::json::array();
  for (size_t head = 0; head < trees_.size(); ++head) {
    list.push_back({{"file", model_name(head, models[head])},
                    {"features", trees_[head].features},
                    {"retrieval_prior", trees_[head].retrieval_prior}});
  }
  nlohmann::json config = {{"models", list}};
  for (const NestedRanker& nested : features_.nested()) config["nested"].push_back(nested.name);
  return config.dump();
}

void GbdtRanker::save(const std::string& directory, const std::vector<std::string>& models) const {
  KASKAD_ASSERT(models.size() == trees_.size());
  features_.save(directory);
  for (size_t head = 0; head < models.size(); ++head) {
    write_file(directory + "/" + model_name(head, models[head]), read_file(models[head]));
  }
}

void GbdtRanker::score_heads(std::span<const RankRequest> requests, std::span<float> out) const {
  KASKAD_ASSERT(out.size() == num_candidates(requests) * heads_.size());
  const Pool<Scratch>::Loan scratch(scratch_);
  for (size_t begin = 0; begin < requests.size();) {
    size_t end = begin, candidates = 0;
    while (end < requests.size() && (end == begin || candidates < kBlock)) {
      candidates += requests[end++].candidates.size();
    }
    score_some(requests.subspan(begin, end - begin), candidates, *scratch,
               out.first(candidates * heads_.size()));
    out = out.subspan(candidates * heads_.size());
    begin = end;
  }
}

void GbdtRanker::score_some(std::span<const RankRequest> requests, size_t candidates,
                            Scratch& scratch, std::span<float> out) const {
  const size_t width = features_.columns().size();
  scratch.rows.resize(candidates * width);
  features_.compute(requests, scratch.rows);
  scratch.scores.resize(candidates);
  for (size_t head = 0; head < heads_.size(); ++head) {
    const std::vector<size_t>& columns = columns_[head];
    if (!columns.empty()) {
      scratch.selected.resize(candidates * columns.size());
      float* to = scratch.selected.data();
      for (size_t i = 0; i < candidates; ++i) {
        for (const size_t column : columns) *to++ = scratch.rows[i * width + column];
      }
    }
    trees_[head].model->predict(columns.empty() ? scratch.rows : scratch.selected, scratch.scores);
    if (trees_[head].retrieval_prior != 0) add_prior(requests, head, scratch);
    for (size_t i = 0; i < candidates; ++i) out[i * heads_.size() + head] = scratch.scores[i];
  }
}

void GbdtRanker::add_prior(std::span<const RankRequest> requests, size_t head,
                           Scratch& scratch) const {
  float* score = scratch.scores.data();
  for (const RankRequest& request : requests) {
    scratch.prior.resize(request.candidates.size());
    retrieval_prior(trees_[head].retrieval_prior, request.ranks, scratch.prior);
    for (const float prior : scratch.prior) *score++ += prior;
  }
}

std::vector<std::pair<std::string, double>> GbdtRanker::importance(size_t head) const {
  std::vector<std::pair<std::string, double>> list;
  const std::vector<double> gains = trees_[head].model->gain();
  for (size_t i = 0; i < gains.size(); ++i) {
    if (gains[i] > 0) list.emplace_back(trees_[head].features[i], gains[i]);
  }
  std::stable_sort(list.begin(), list.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return list;
}

void register_gbdt() { register_ranker("gbdt", GbdtRanker::load); }

}  // namespace kaskad
