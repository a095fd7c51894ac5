#include "kaskad/ranking/gbdt_training.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <string_view>
#include <utility>

#include "kaskad/core/error.h"
#include "kaskad/core/nearest_name.h"
#include "kaskad/core/option_name.h"
#include "kaskad/core/parallel.h"
#include "kaskad/ranking/list_labels.h"
#include "kaskad/ranking/list_metrics.h"
#include "kaskad/ranking/list_requests.h"
#include "kaskad/ranking/xgboost_call.h"

namespace kaskad {
namespace {

constexpr std::string_view kObjectives[] = {"rank:ndcg", "rank:pairwise", "binary:logistic"};

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.9g", value);
  return text;
}

// XGBoost's DMatrix: the features of one set of lists.
class Matrix {
 public:
  Matrix(const std::vector<float>& rows, const std::vector<FeatureColumn>& columns,
         const Impressions& lists, int threads) {
    const std::string config = "{\"missing\":NaN,\"nthread\":" + std::to_string(threads) + "}";
    must(XGDMatrixCreateFromDense(
             array_interface(rows.data(), lists.num_candidates(), columns.size()).c_str(),
             config.c_str(), &handle_),
         "take the features");
    std::vector<const char*> types;
    for (const FeatureColumn& column : columns) types.push_back(column.categories > 0 ? "c" : "q");
    must(XGDMatrixSetStrFeatureInfo(handle_, "feature_type", types.data(), types.size()),
         "take the types of the features");
    std::vector<unsigned> sizes;
    for (size_t l = 0; l < lists.size(); ++l) {
      sizes.push_back(static_cast<unsigned>(lists.list(l).size()));
    }
    must(XGDMatrixSetUIntInfo(handle_, "group", sizes.data(), sizes.size()), "take the lists");
  }
  ~Matrix() { XGDMatrixFree(handle_); }
  Matrix(const Matrix&) = delete;
  Matrix& operator=(const Matrix&) = delete;

  void set_labels(const std::vector<float>& labels) {
    must(XGDMatrixSetFloatInfo(handle_, "label", labels.data(), labels.size()), "take the labels");
  }
  void set_prior(const std::vector<float>& prior) {
    must(XGDMatrixSetFloatInfo(handle_, "base_margin", prior.data(), prior.size()),
         "take the order of retrieval");
  }
  DMatrixHandle handle() const { return handle_; }

 private:
  DMatrixHandle handle_ = nullptr;
};

// A model on its way.
class Training {
 public:
  Training(const Matrix& train, const Matrix& validation, const GbdtOptions& options, int threads)
      : train_(train), validation_(validation) {
    const DMatrixHandle matrices[] = {train.handle(), validation.handle()};
    must(XGBoosterCreate(matrices, 2, &handle_), "make a model");
    set("booster", "gbtree");
    set("tree_method", "hist");
    set("objective", options.objective);
    if (options.objective.starts_with("rank:")) set("base_score", "0");
    set("learning_rate", number(options.learning_rate));
    set("max_depth", std::to_string(options.depth));
    set("min_child_weight", number(options.min_child_weight));
    set("subsample", number(options.subsample));
    set("colsample_bytree", number(options.column_share));
    set("seed", std::to_string(options.seed));
    set("nthread", std::to_string(threads));
    set("disable_default_eval_metric", "1");
    set("verbosity", "0");
    for (const auto& [name, value] : options.more) set(name, value);
  }
  ~Training() { XGBoosterFree(handle_); }
  Training(const Training&) = delete;
  Training& operator=(const Training&) = delete;

  void add_tree(uint32_t round) {
    must(XGBoosterUpdateOneIter(handle_, static_cast<int>(round), train_.handle()),
         "grow tree " + std::to_string(round + 1));
  }

  // Of the validation lists; XGBoost keeps them between rounds and adds the new tree's share.
  std::span<const float> predictions() const {
    const bst_ulong* shape = nullptr;
    bst_ulong dimensions = 0;
    const float* values = nullptr;
    must(XGBoosterPredictFromDMatrix(handle_, validation_.handle(),
                                     R"({"type":1,"training":false,"iteration_begin":0,)"
                                     R"("iteration_end":0,"strict_shape":true})",
                                     &shape, &dimensions, &values),
         "predict the validation lists");
    return {values, shape[0]};
  }

  // The first `rounds` trees as a file.
  void save(uint32_t rounds, const std::string& path) const {
    BoosterHandle best = nullptr;
    must(XGBoosterSlice(handle_, 0, static_cast<int>(rounds), 1, &best), "keep its best trees");
    const int status = XGBoosterSaveModel(best, path.c_str());
    const std::string why = status == 0 ? "" : xgboost_error();
    XGBoosterFree(best);
    if (status != 0) throw Error("XGBoost cannot write '" + path + "': " + why);
  }

 private:
  void set(const std::string& name, const std::string& value) {
    must(XGBoosterSetParam(handle_, name.c_str(), value.c_str()), "set " + name + "=" + value);
  }

  const Matrix& train_;
  const Matrix& validation_;
  BoosterHandle handle_ = nullptr;
};

float prior_of(const GbdtOptions& options) {
  return options.objective.starts_with("rank:") ? static_cast<float>(options.retrieval_prior) : 0;
}

std::vector<float> priors_of(const Impressions& lists, float a) {
  std::vector<float> priors(lists.num_candidates());
  size_t begin = 0;
  for (size_t l = 0; l < lists.size(); ++l) {
    const auto ranks = lists.list(l).ranks;
    retrieval_prior(a, ranks, std::span(priors).subspan(begin, ranks.size()));
    begin += ranks.size();
  }
  return priors;
}

HeadFit fit_head(Training& training, const Impressions& validation, size_t head,
                 const GbdtOptions& options, const std::string& name, const Progress& progress) {
  HeadFit fit;
  for (uint32_t round = 0; round < options.rounds; ++round) {
    training.add_tree(round);
    fit.course.push_back(mean_ndcg(validation, {head}, training.predictions()));
    if (fit.rounds == 0 || fit.course.back() > fit.ndcg) {
      fit.ndcg = fit.course.back();
      fit.rounds = round + 1;
    }
    char note[96];
    std::snprintf(note, sizeof(note), "validation ndcg@10 %.4f, best %.4f at %u", fit.course.back(),
                  fit.ndcg, fit.rounds);
    report(progress, {"growing trees, head " + name, round + 1, options.rounds, note});
    if (options.patience > 0 && round + 1 - fit.rounds >= options.patience) break;
  }
  return fit;
}

void check_data(const GbdtData& data, const std::vector<Head>& heads) {
  check_dataset(*data.train, *data.dataset);
  check_dataset(*data.validation, *data.dataset);
  const ImpressionFacts& a = data.train->facts();
  const ImpressionFacts& b = data.validation->facts();
  if (a.heads != b.heads || a.contexts != b.contexts || a.split_hash != b.split_hash) {
    throw Error("'" + data.train->directory() + "' and '" + data.validation->directory() +
                "' were not made together: their heads, contexts or splits differ");
  }
  KASKAD_ASSERT(heads.size() == a.heads.size());
  for (const Impressions* lists : {data.train, data.validation}) {
    if (lists->num_candidates() > 0) continue;
    throw data_error(lists->directory(), 0, "", "no candidates", "lists to learn from");
  }
  for (size_t head = 0; head < heads.size(); ++head) {
    const auto labels = labels_of(*data.train, head);
    if (std::any_of(labels.begin(), labels.end(), [](float label) { return label > 0; })) continue;
    throw data_error(data.train->directory(), 0, "",
                     "no candidate with the label '" + heads[head].name + "'",
                     "some to learn from");
  }
}

// Whether there are counters among the files of a bundle, or of one that is nested in it.
bool counts_events(const std::string& directory) {
  const std::filesystem::recursive_directory_iterator files(directory);
  return std::any_of(begin(files), end(files), [](const auto& entry) {
    return entry.path().filename() == "counters.json";  // of ItemCounters::save()
  });
}

// A ranker that learned from the lists says of their answers more than it will of later ones.
void check_nested(const GbdtData& data) {
  for (const NestedRanker& nested : data.nested) {
    const RankerBundle& bundle = *nested.bundle;
    const std::string who = "ranker '" + bundle.directory + "'";
    for (const Impressions* lists : {data.train, data.validation}) {
      if (bundle.impressions_hash != lists->hash()) continue;
      throw Error(who + " learned from the lists '" + lists->directory() +
                  "' themselves: its scores on them are too good to learn from");
    }
    const ImpressionFacts& facts = data.train->facts();
    if (bundle.split_hash != facts.split_hash) {
      throw Error(who + " learned another split (hash " + bundle.split_hash +
                  ") than the lists are of (" + facts.split_hash + "): it may know the answers");
    }
    // Its counters are those of the test; without a clock they cannot be asked of an earlier
    // moment.
    if (data.dataset->time_kind() == TimeKind::kOrder && counts_events(bundle.directory)) {
      throw Error(who + " counts events up to the test, on a log without a clock; expected one " +
                  "without counters (gbdt: " + option_name("--no-counters") +
                  ", neural: ranking_features = false)");
    }
  }
}

}  // namespace

void check_options(const GbdtOptions& options) {
  const auto known = std::find(std::begin(kObjectives), std::end(kObjectives), options.objective);
  if (known == std::end(kObjectives)) {
    throw Error("objective '" + options.objective +
                "' is unknown; there are rank:ndcg, rank:pairwise and binary:logistic");
  }
  if (options.rounds == 0) throw Error("rounds: found 0, expected 1 or more");
  if (options.depth == 0) throw Error("depth: found 0, expected 1 or more");
}

GbdtFeatures list_features(const FeatureOptions& options, const Dataset& dataset,
                           const Impressions& lists, std::vector<NestedRanker> nested) {
  return {features_as_of(lists, dataset, options), std::move(nested)};
}

std::vector<float> compute_features(const GbdtFeatures& features, const Dataset& dataset,
                                    const Impressions& lists, int threads) {
  constexpr size_t kBatch = 32;
  const size_t width = features.columns().size();
  std::vector<size_t> begin(lists.size() + 1);
  for (size_t l = 0; l < lists.size(); ++l) begin[l + 1] = begin[l] + lists.list(l).size();
  std::vector<float> rows(begin.back() * width);
  const size_t batches = (lists.size() + kBatch - 1) / kBatch;
  parallel_for(batches, threads > 0 ? threads : default_threads(), [&](size_t batch, int) {
    const size_t first = batch * kBatch, last = std::min(lists.size(), first + kBatch);
    std::vector<RankRequest> requests;
    for (size_t l = first; l < last; ++l) requests.push_back(request_of(dataset, lists.list(l)));
    features.compute(requests, std::span(rows).subspan(begin[first] * width,
                                                       (begin[last] - begin[first]) * width));
  });
  return rows;
}

GbdtFit train_gbdt(const GbdtData& data, GbdtFeatures service, const std::vector<Head>& heads,
                   const GbdtOptions& options, const std::string& directory,
                   const Progress& progress) {
  check_options(options);
  check_data(data, heads);
  check_nested(data);
  const int threads = options.threads > 0 ? options.threads : default_threads();
  const auto matrix_of = [&](const Impressions& lists) {
    const GbdtFeatures features = list_features(data.features, *data.dataset, lists, data.nested);
    KASKAD_ASSERT(features.columns() == service.columns());
    report(progress, {"computing features of " + lists.facts().part, 0, lists.size(), ""});
    const auto rows = compute_features(features, *data.dataset, lists, threads);
    auto matrix = std::make_unique<Matrix>(rows, features.columns(), lists, threads);
    if (prior_of(options) != 0) matrix->set_prior(priors_of(lists, prior_of(options)));
    return matrix;
  };
  const auto train = matrix_of(*data.train);
  const auto validation = matrix_of(*data.validation);
  const std::vector<std::string> names = known_names(service.columns());

  GbdtFit fit;
  std::vector<HeadTrees> trees;
  for (size_t head = 0; head < heads.size(); ++head) {
    train->set_labels(labels_of(*data.train, head));
    validation->set_labels(labels_of(*data.validation, head));
    Training training(*train, *validation, options, threads);
    fit.heads.push_back(
        fit_head(training, *data.validation, head, options, heads[head].name, progress));
    fit.models.push_back(directory + "/head-" + std::to_string(head) + ".ubj");
    training.save(fit.heads.back().rounds, fit.models.back());
    trees.push_back({std::make_unique<const Booster>(fit.models.back()), names, prior_of(options)});
  }
  fit.ranker = std::make_unique<GbdtRanker>(std::move(service), heads, std::move(trees));
  return fit;
}

}  // namespace kaskad
