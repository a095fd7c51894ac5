#include "kaskad/retrieval/neural.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <numeric>

#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/dataset/clock_codes.h"
#include "kaskad/model/bundle.h"
#include "kaskad/retrieval/history_tokens.h"
#include "kaskad/retrieval/user_rows.h"

namespace kaskad {
namespace {

constexpr size_t kBatchRows = 64;     // histories in one run of the graph
constexpr size_t kSearchQueries = 8;  // asked of the index at once; each needs a filter

constexpr const char* kGraphFile = "/user.onnx";
constexpr const char* kItemsFile = "/items.npy";
constexpr const char* kPopularityFile = "/popularity.npy";
constexpr const char* kSchemaFile = "/user_schema.json";

float dot(std::span<const float> a, std::span<const float> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0F);
}

FeatureSchema load_schema(const std::string& path) {
  try {
    return nlohmann::json::parse(read_file(path)).get<FeatureSchema>();
  } catch (const nlohmann::json::exception& fault) {
    throw data_error(path, 0, "", fault.what(), "the columns of a feature schema");
  }
}

void check_answer(std::span<const float> answer, const OnnxSession& session,
                  const std::string& output) {
  const bool finite =
      std::all_of(answer.begin(), answer.end(), [](float value) { return std::isfinite(value); });
  if (finite) return;
  throw Error("'" + session.path() + "', output '" + output +
              "': found a number that is infinite or none at all");
}

// A filter has a mark for every item, so filters are kept from one call to the next.
void grow(std::vector<ItemFilter>& filters, size_t count, size_t num_items) {
  while (filters.size() < count) filters.emplace_back(num_items);
}

}  // namespace

struct NeuralRetriever::Graph {
  std::string owned;  // of a model in memory
  MappedFile file;    // of a loaded one
  OnnxSession session;

  std::string_view bytes() const {
    if (!owned.empty()) return owned;
    return {reinterpret_cast<const char*>(file.data()), file.size()};
  }
};

struct NeuralRetriever::Vectors {
  std::vector<float> owned;
  NpyFile<float> file;

  std::span<const float> values() const { return owned.empty() ? file.values() : owned; }
};

struct NeuralRetriever::Cosine {
  std::vector<float> unit;  // (items, dimension), of length 1 or 0
  std::unique_ptr<VectorIndex> index;
};

struct NeuralRetriever::Batch {
  HistoryTokens::Batch history;
  UserRows users;
  std::vector<float> vectors;  // (rows, dimension)
};

NeuralRetriever::NeuralRetriever(const NeuralConfig& config, std::unique_ptr<Graph> graph,
                                 std::unique_ptr<Vectors> vectors, std::vector<uint64_t> popularity,
                                 FeatureSchema schema)
    : config_(config),
      schema_(std::move(schema)),
      graph_(std::move(graph)),
      vectors_(std::move(vectors)),
      popularity_(std::move(popularity)),
      in_histories_(popularity_.size(), 1),
      fill_(popularity_),
      filters_([] { return std::make_unique<Filters>(); }) {
  check_user_graph(graph_->session, config_, schema_);
  if (config_.inputs.drop_unlearned) {
    std::transform(popularity_.begin(), popularity_.end(), in_histories_.begin(),
                   [](uint64_t events) { return static_cast<uint8_t>(events > 0); });
  }
}

void NeuralRetriever::build(std::span<const Query> typical) {
  std::vector<float> users(typical.size() * config_.dimension);
  const std::vector<bool> known = user_vectors(typical, users);
  size_t kept = 0;
  for (size_t i = 0; i < known.size(); ++i) {
    if (!known[i]) continue;
    const auto from = users.begin() + static_cast<ptrdiff_t>(i * config_.dimension);
    std::copy_n(from, config_.dimension,
                users.begin() + static_cast<ptrdiff_t>(kept++ * config_.dimension));
  }
  // What threads make of a graph differs a little each time; it is saved with the model.
  index_ = build_index(vectors_->values(), config_.dimension,
                       std::span(users).first(kept * config_.dimension),
                       {.kind = config_.index, .recall = config_.recall, .threads = 0});
}

NeuralRetriever::~NeuralRetriever() = default;

std::unique_ptr<NeuralRetriever> NeuralRetriever::create(
    const NeuralConfig& config, std::string user_graph, std::vector<float> items,
    std::vector<uint64_t> popularity, std::span<const Query> typical, FeatureSchema schema) {
  KASKAD_ASSERT(items.size() == popularity.size() * config.dimension);
  OnnxSession session = OnnxSession::from_bytes(user_graph, "user.onnx");
  auto graph = std::make_unique<Graph>(Graph{std::move(user_graph), {}, std::move(session)});
  auto vectors = std::make_unique<Vectors>(Vectors{std::move(items), {}});
  std::unique_ptr<NeuralRetriever> model(new NeuralRetriever(
      config, std::move(graph), std::move(vectors), std::move(popularity), std::move(schema)));
  model->build(typical);
  return model;
}

std::unique_ptr<NeuralRetriever> NeuralRetriever::load(const std::string& directory,
                                                       const std::string& config_json) {
  NeuralConfig config;
  try {
    nlohmann::json::parse(config_json).get_to(config);
  } catch (const nlohmann::json::exception& fault) {
    throw data_error(directory, 0, "config", fault.what(), "the config of a neural model");
  }
  const NpyFile<uint64_t> counts(directory + kPopularityFile);
  std::vector<uint64_t> popularity(counts.values().begin(), counts.values().end());
  auto vectors = std::make_unique<Vectors>(Vectors{{}, NpyFile<float>(directory + kItemsFile)});
  const auto& shape = vectors->file.shape();
  if (shape != std::vector<size_t>{popularity.size(), config.dimension}) {
    std::string found;
    for (const size_t length : shape) found += (found.empty() ? "" : ", ") + std::to_string(length);
    throw data_error(vectors->file.path(), 0, "", "shape (" + found + ")",
                     "(" + std::to_string(popularity.size()) + ", " +
                         std::to_string(config.dimension) +
                         "): the items of popularity.npy and the dimension of the config");
  }
  const std::string path = directory + kGraphFile;
  OnnxSession session(path);
  auto graph = std::make_unique<Graph>(Graph{{}, MappedFile(path), std::move(session)});
  FeatureSchema schema;
  if (config.user.features()) schema = load_schema(directory + kSchemaFile);
  std::unique_ptr<NeuralRetriever> model(new NeuralRetriever(
      config, std::move(graph), std::move(vectors), std::move(popularity), std::move(schema)));
  model->index_ = load_index(model->vectors_->values(), config.dimension, directory);
  return model;
}

void NeuralRetriever::save(const std::string& directory) const {
  write_file(directory + kGraphFile, graph_->bytes());
  write_npy(directory + kItemsFile, vectors_->values(), {num_items(), config_.dimension});
  write_npy(directory + kPopularityFile, popularity_);
  if (config_.user.features()) {
    write_file(directory + kSchemaFile, nlohmann::json(schema_).dump(1) + "\n");
  }
  save_index(*index_, directory);
}

std::string NeuralRetriever::config_json() const { return nlohmann::json(config_).dump(); }

std::span<const float> NeuralRetriever::item_vector(ItemId item) const {
  return vectors_->values().subspan(index(item) * config_.dimension, config_.dimension);
}

void NeuralRetriever::run_batch(std::span<const Query> queries, std::span<const uint32_t> rows,
                                const HistoryTokens& tokens, Batch& batch) const {
  tokens.pad(rows, batch.history);
  batch.users.fill(config_.user, schema_, queries, rows);
  batch.vectors.resize(rows.size() * config_.dimension);
  const OnnxSession& session = graph_->session;
  const auto view = [&](const auto& values, size_t columns) -> TensorView {
    return {std::span(values.data(), values.size()),
            {static_cast<int64_t>(rows.size()), static_cast<int64_t>(columns)}};
  };
  std::vector<TensorView> inputs;
  for (const TensorSpec& spec : session.inputs()) {  // check_user_graph() knows all of them
    if (spec.name == config_.user.codes) {
      inputs.push_back(view(batch.users.codes, batch.users.places));
    } else if (spec.name == config_.user.numbers) {
      inputs.push_back(view(batch.users.numbers, schema_.num_numbers()));
    } else if (spec.name == config_.user.clock) {
      inputs.push_back(view(batch.users.clock, kClockPlaces));
    } else if (spec.name == config_.inputs.gaps) {
      inputs.push_back(view(batch.history.gaps, batch.history.length));
    } else {
      inputs.push_back(view(batch.history.tokens, batch.history.length));
    }
  }
  std::vector<std::span<float>> outputs(session.outputs().size());
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (session.outputs()[i].name == config_.output) outputs[i] = batch.vectors;
  }
  session.run(inputs, outputs);
  check_answer(batch.vectors, session, config_.output);
}

std::vector<bool> NeuralRetriever::user_vectors(std::span<const Query> queries,
                                                std::span<float> out) const {
  const size_t dimension = config_.dimension;
  KASKAD_ASSERT(out.size() == queries.size() * dimension);
  std::fill(out.begin(), out.end(), 0.0F);
  HistoryTokens tokens(config_.inputs, in_histories_);
  for (const Query& query : queries) tokens.add(query.history);

  Batch batch;
  for (const std::vector<uint32_t>& rows : tokens.batches(kBatchRows)) {
    run_batch(queries, rows, tokens, batch);
    for (size_t r = 0; r < rows.size(); ++r) {
      std::copy_n(batch.vectors.begin() + static_cast<ptrdiff_t>(r * dimension), dimension,
                  out.begin() + static_cast<ptrdiff_t>(rows[r] * dimension));
    }
  }
  std::vector<bool> found(queries.size());
  for (size_t q = 0; q < queries.size(); ++q) found[q] = tokens.length(q) > 0;
  return found;
}

// An approximate search under a strict filter may find fewer items than there are.
void NeuralRetriever::fill_up(std::span<const float> user, ItemFilter& filter,
                              std::span<ScoredItem> row) const {
  const auto is_padding = [](const ScoredItem& scored) { return scored.item == kNoItem; };
  const auto used = std::find_if(row.begin(), row.end(), is_padding);
  if (used == row.end()) return;
  fill_.fill(filter, row, static_cast<size_t>(used - row.begin()));
  const auto end = std::find_if(used, row.end(), is_padding);
  std::for_each(used, end,
                [&](ScoredItem& added) { added.score = dot(user, item_vector(added.item)); });
  std::sort(row.begin(), end, ranks_before);
}

void NeuralRetriever::retrieve(std::span<const Query> queries, size_t k,
                               std::span<ScoredItem> out) const {
  const size_t dimension = config_.dimension;
  std::vector<float> users(queries.size() * dimension);
  const std::vector<bool> known = user_vectors(queries, users);
  const bool approximate = index_->report().kind == IndexKind::kHnsw;
  const Pool<Filters>::Loan filters(filters_);
  grow(*filters, std::min(queries.size(), kSearchQueries), num_items());
  const ItemFilter* asked[kSearchQueries];
  for (size_t begin = 0; begin < queries.size(); begin += kSearchQueries) {
    const size_t count = std::min(kSearchQueries, queries.size() - begin);
    for (size_t i = 0; i < count; ++i) {
      (*filters)[i].set(queries[begin + i]);
      asked[i] = &(*filters)[i];
    }
    const auto rows = out.subspan(begin * k, count * k);
    const auto vectors =
        std::span<const float>(users).subspan(begin * dimension, count * dimension);
    index_->search(vectors, {asked, count}, k, rows);
    for (size_t i = 0; i < count; ++i) {
      const auto row = rows.subspan(i * k, k);
      if (!known[begin + i]) {
        fill_.fill((*filters)[i], row, 0);
      } else if (approximate) {
        fill_up(vectors.subspan(i * dimension, dimension), (*filters)[i], row);
      }
    }
  }
}

void NeuralRetriever::score_all(const Query& query, std::span<float> scores) const {
  std::vector<float> user(config_.dimension);
  user_vectors({&query, 1}, user);
  for (uint32_t item = 0; item < scores.size(); ++item) {
    scores[item] = dot(user, item_vector(ItemId{item}));
  }
}

// Exact whatever the index of the users is: nobody should wait for a graph to be built.
const NeuralRetriever::Cosine& NeuralRetriever::cosine() const {
  std::call_once(cosine_once_, [&] {
    auto made = std::make_unique<Cosine>();
    const auto values = vectors_->values();
    made->unit.assign(values.begin(), values.end());
    for (size_t item = 0; item < num_items(); ++item) {
      const auto unit = std::span(made->unit).subspan(item * config_.dimension, config_.dimension);
      const float norm = std::sqrt(dot(unit, unit));
      if (norm == 0) continue;
      for (float& value : unit) value /= norm;
    }
    made->index = build_index(made->unit, config_.dimension, {}, {.kind = IndexKind::kExact});
    cosine_ = std::move(made);
  });
  return *cosine_;
}

std::vector<ScoredItem> NeuralRetriever::similar(ItemId item, size_t k) const {
  const auto asked = std::span<const float>(cosine().unit)
                         .subspan(index(item) * config_.dimension, config_.dimension);
  if (dot(asked, asked) == 0) return {};
  const Pool<Filters>::Loan filters(filters_);
  grow(*filters, 1, num_items());
  filters->front().set(Query{});
  filters->front().exclude(item);
  const ItemFilter* filter = &filters->front();
  std::vector<ScoredItem> best(std::min(k, num_items()));
  cosine().index->search(asked, {&filter, 1}, best.size(), best);
  std::erase_if(best, [](const ScoredItem& scored) { return scored.item == kNoItem; });
  return best;
}

std::string NeuralRetriever::search_note() const {
  const IndexReport& report = index_->report();
  char text[96];
  std::snprintf(text, sizeof(text), "index %s, recall@%zu %.4f, %.3f ms a query",
                to_string(report.kind).c_str(), report.recall_k, report.recall,
                1e3 * report.seconds_a_query);
  return text;
}

void write_neural(const std::string& directory, const NeuralConfig& config, std::string user_graph,
                  std::vector<float> items, std::vector<uint64_t> popularity,
                  std::span<const Query> typical, FeatureSchema schema) {
  NeuralRetriever::create(config, std::move(user_graph), std::move(items), std::move(popularity),
                          typical, std::move(schema))
      ->save(directory);
}

std::vector<Query> typical_queries(const Dataset& dataset, std::span<const uint32_t> fit_end,
                                   size_t count) {
  std::vector<uint32_t> users;
  for (uint32_t user = 0; user < fit_end.size(); ++user) {
    if (fit_end[user] > 0) users.push_back(user);
  }
  std::vector<Query> queries;
  const size_t taken = std::min(count, users.size());
  for (size_t i = 0; i < taken; ++i) {
    const uint32_t user = users[i * users.size() / taken];
    Query query{.history = dataset.history(UserId{user}).first(fit_end[user])};
    query.user_features = dataset.features(UserId{user});
    query.now = query.history.times.back();
    queries.push_back(query);
  }
  return queries;
}

void register_neural() {
  register_retriever(NeuralRetriever::kKind,
                     [](const std::string& directory, const std::string& config) {
                       return std::unique_ptr<Retriever>(NeuralRetriever::load(directory, config));
                     });
}

}  // namespace kaskad
