#include "kaskad/cooc/cooc_model.h"

#include <algorithm>
#include <cmath>

#include "kaskad/cooc/knobs.h"
#include "kaskad/kernels/log_share.h"
#include "kaskad/kernels/top_k.h"

namespace kaskad {

// Memory of one thread's scoring. All scores are 0 between queries.
struct CoocModel::Scratch {
  explicit Scratch(size_t items) : scores(items, 0.0f), is_touched(items, 0), filter(items) {}

  // Starts one pass over the rows of `weighed`: sparse passes keep a list of what they touch.
  void begin(const MatrixView& matrix) {
    size_t cells = 0;
    for (const WeightedItem& item : weighed) cells += matrix.row_columns(item.item).size();
    sparse = cells < scores.size() / 2;
  }

  void touch(uint32_t item) {
    if (is_touched[item]) return;
    is_touched[item] = 1;
    touched.push_back(item);
  }

  void clear() {
    if (sparse) {
      for (const uint32_t item : touched) scores[item] = 0;
    } else {
      std::fill(scores.begin(), scores.end(), 0.0f);
    }
    for (const uint32_t item : touched) is_touched[item] = 0;
    touched.clear();
  }

  std::vector<WeightedItem> weighed;
  std::vector<float> scores;   // (items)
  std::vector<float> blended;  // (items), only for blends
  bool sparse = false;
  std::vector<uint8_t> is_touched;  // (items), while sparse
  std::vector<uint32_t> touched;
  TopK top;
  ItemFilter filter;
};

namespace {

const MatrixView& viewed(ModelMatrix& matrix) {
  matrix.view = matrix.owned.view();
  return matrix.view;
}

// scores[columns[c]] = combine(itself, weight * values[c])
template <typename Fold>
void fold_row(std::span<const uint32_t> columns, std::span<const float> values, float* scores,
              Fold fold) {
  for (size_t c = 0; c < columns.size(); ++c) {
    scores[columns[c]] = fold(scores[columns[c]], values[c]);
  }
}

void fold_row(Combine combine, float weight, std::span<const uint32_t> columns,
              std::span<const float> values, float* scores) {
  switch (combine) {
    case Combine::kSum:
      return fold_row(columns, values, scores, [=](float s, float x) { return s + weight * x; });
    case Combine::kProduct:
      return fold_row(columns, values, scores,
                      [=](float s, float x) { return s + std::log1p(weight * x); });
    case Combine::kMax:
      return fold_row(columns, values, scores,
                      [=](float s, float x) { return std::max(s, weight * x); });
  }
}

std::string file_of(const std::string& directory, size_t part, const char* array) {
  return directory + "/matrix-" + std::to_string(part) + "." + array + ".npy";
}

}  // namespace

CoocModel::CoocModel(Blend blend, std::vector<uint64_t> popularity)
    : blend_(std::move(blend)), popularity_(std::move(popularity)), fill_(popularity_) {}

CoocModel::CoocModel(Blend blend, std::vector<ItemMatrix> matrices,
                     std::vector<uint64_t> popularity)
    : CoocModel(std::move(blend), std::move(popularity)) {
  matrices_.resize(matrices.size());
  for (size_t m = 0; m < matrices.size(); ++m) {
    matrices_[m].owned = std::move(matrices[m]);
    viewed(matrices_[m]);
  }
  check_matrices();
}

// Arrays come from files, so what scoring relies on is verified once, here: rows in their places,
// and no weight that would make scores that cannot be compared.
void CoocModel::check_matrices() const {
  if (matrices_.size() != blend_.parts.size()) {
    throw Error("cooc model: found " + std::to_string(matrices_.size()) + " matrices, expected " +
                std::to_string(blend_.parts.size()) + ", one for each part of the blend");
  }
  for (size_t m = 0; m < matrices_.size(); ++m) {
    const MatrixView& view = matrices_[m].view;
    if (!std::all_of(view.values.begin(), view.values.end(),
                     [](float value) { return std::isfinite(value); })) {
      throw Error("cooc model: matrix " + std::to_string(m) +
                  " is damaged: found a weight that is no finite number");
    }
    if (blend_.parts[m].variant.matrix.kind == MatrixKind::kPopularity &&
        view.values.size() == num_items()) {
      continue;  // one weight an item, no rows
    }
    const bool fits = view.row_begin.size() == num_items() + 1 && view.row_begin.front() == 0 &&
                      std::is_sorted(view.row_begin.begin(), view.row_begin.end()) &&
                      view.row_begin.back() == view.columns.size() &&
                      view.columns.size() == view.values.size() &&
                      std::all_of(view.columns.begin(), view.columns.end(),
                                  [&](uint32_t column) { return column < num_items(); });
    if (!fits) {
      throw Error("cooc model: matrix " + std::to_string(m) + " is damaged, expected rows for " +
                  std::to_string(num_items()) + " items with columns below that");
    }
  }
}

std::unique_ptr<CoocModel> CoocModel::load(const std::string& directory,
                                           const std::string& config_json) {
  const nlohmann::json config = nlohmann::json::parse(config_json, nullptr, false);
  if (config.is_discarded()) throw Error("cooc model: the config is no JSON: " + config_json);
  Blend blend;
  from_json(config, blend);
  const NpyFile<uint64_t> popularity(directory + "/popularity.npy");
  std::unique_ptr<CoocModel> model(
      new CoocModel(std::move(blend),
                    std::vector<uint64_t>(popularity.values().begin(), popularity.values().end())));
  for (size_t part = 0; part < model->blend_.parts.size(); ++part) {
    ModelMatrix matrix;
    matrix.row_begin_file = NpyFile<uint64_t>(file_of(directory, part, "row_begin"));
    matrix.columns_file = NpyFile<uint32_t>(file_of(directory, part, "columns"));
    matrix.values_file = NpyFile<float>(file_of(directory, part, "values"));
    matrix.view = {matrix.row_begin_file.values(), matrix.columns_file.values(),
                   matrix.values_file.values()};
    model->matrices_.push_back(std::move(matrix));
  }
  model->check_matrices();
  return model;
}

void CoocModel::save(const std::string& directory) const {
  write_npy<uint64_t>(directory + "/popularity.npy", popularity_);
  for (size_t part = 0; part < matrices_.size(); ++part) {
    const MatrixView& view = matrices_[part].view;
    write_npy<uint64_t>(file_of(directory, part, "row_begin"), view.row_begin);
    write_npy<uint32_t>(file_of(directory, part, "columns"), view.columns);
    write_npy<float>(file_of(directory, part, "values"), view.values);
  }
}

void CoocModel::keep_parts(std::span<const size_t> parts) {
  for (size_t p = 0; p < parts.size(); ++p) {
    if (p == parts[p]) continue;
    blend_.parts[p] = blend_.parts[parts[p]];
    matrices_[p] = std::move(matrices_[parts[p]]);
  }
  blend_.parts.resize(parts.size());
  matrices_.resize(parts.size());
}

void CoocModel::set_weights(std::span<const double> weights) {
  KASKAD_ASSERT(weights.size() == blend_.parts.size());
  for (size_t part = 0; part < weights.size(); ++part) blend_.parts[part].weight = weights[part];
}

uint64_t CoocModel::matrix_bytes() const {
  uint64_t bytes = 0;
  for (const ModelMatrix& matrix : matrices_) {
    bytes += matrix.view.row_begin.size_bytes() + matrix.view.columns.size_bytes() +
             matrix.view.values.size_bytes();
  }
  return bytes;
}

std::string CoocModel::config() const { return nlohmann::json(blend_).dump(); }

// scratch.scores = the part's scores of all items.
void CoocModel::score_part(size_t part, const Query& query, Scratch& scratch) const {
  const HistoryWeighting& weighting = blend_.parts[part].variant.history;
  const MatrixView& matrix = matrices_[part].view;
  if (blend_.parts[part].variant.matrix.kind == MatrixKind::kPopularity) {
    scratch.sparse = false;
    std::copy(matrix.values.begin(), matrix.values.end(), scratch.scores.begin());
    return;
  }
  weigh_history(weighting, query.history.items, query.history.times, scratch.weighed);
  scratch.begin(matrix);
  for (const WeightedItem& item : scratch.weighed) {
    const auto columns = matrix.row_columns(item.item);
    fold_row(weighting.combine, item.weight, columns, matrix.row_values(item.item),
             scratch.scores.data());
    if (!scratch.sparse) continue;
    for (const uint32_t column : columns) scratch.touch(column);
  }
}

// What the shares of a part are out of: its positive scores outside the history, whose own are
// set to 0.
double CoocModel::positive_sum(const Query& query, Scratch& scratch) const {
  for (const ItemId item : query.history.items) scratch.scores[index(item)] = 0;
  double sum = 0;
  if (scratch.sparse) {
    for (const uint32_t item : scratch.touched) sum += std::max(0.0f, scratch.scores[item]);
  } else {
    for (const float score : scratch.scores) sum += std::max(0.0f, score);
  }
  return sum;
}

// Adds weight * log(1 + p / kBlendFloor) of scratch.scores to scratch.blended and clears them.
void CoocModel::blend_part(float weight, const Query& query, Scratch& scratch) const {
  const double sum = positive_sum(query, scratch);
  // Below, the scale would leave the range of float, and 0 times it be no number.
  if (sum > kLeastEvidence) {
    const float scale = static_cast<float>(1 / (sum * kBlendFloor));
    if (scratch.sparse) {
      for (const uint32_t item : scratch.touched) {
        add_log_share(&scratch.scores[item], 1, scale, weight, &scratch.blended[item]);
      }
    } else {
      add_log_share(scratch.scores.data(), num_items(), scale, weight, scratch.blended.data());
    }
  }
  scratch.clear();
}

void CoocModel::score_parts(const Query& query, std::span<float> features) const {
  KASKAD_ASSERT(features.size() == blend_.parts.size() * num_items());
  Scratch scratch(num_items());
  for (size_t part = 0; part < blend_.parts.size(); ++part) {
    scratch.blended.assign(num_items(), 0.0f);
    score_part(part, query, scratch);
    blend_part(1.0f, query, scratch);
    std::copy(scratch.blended.begin(), scratch.blended.end(),
              features.begin() + static_cast<ptrdiff_t>(part * num_items()));
  }
}

// scratch.scores = the model's scores of all items.
void CoocModel::score(const Query& query, Scratch& scratch) const {
  if (blend_.parts.size() == 1) return score_part(0, query, scratch);
  scratch.blended.assign(num_items(), 0.0f);
  for (size_t part = 0; part < blend_.parts.size(); ++part) {
    score_part(part, query, scratch);
    blend_part(static_cast<float>(blend_.parts[part].weight), query, scratch);
  }
  scratch.scores.swap(scratch.blended);
  scratch.sparse = false;
}

void CoocModel::answer(const Query& query, Scratch& scratch, std::span<ScoredItem> row) const {
  score(query, scratch);
  scratch.filter.set(query);
  scratch.top.reset(row.size());
  float* scores = scratch.scores.data();
  const auto offer = [&](uint32_t item) {
    if (scores[item] > 0 && scratch.filter.allows(ItemId(item))) {
      scratch.top.offer(item, scores[item]);
    }
  };
  if (!query.allow.empty()) {
    std::vector<ItemId> allowed(query.allow.begin(), query.allow.end());
    std::sort(allowed.begin(), allowed.end());
    allowed.erase(std::unique(allowed.begin(), allowed.end()), allowed.end());
    for (const ItemId item : allowed) {
      if (index(item) < num_items()) offer(static_cast<uint32_t>(item));
    }
  } else if (scratch.sparse) {
    for (const uint32_t item : scratch.touched) offer(item);
  } else {
    const auto leave_out = [&](std::span<const ItemId> items) {
      for (const ItemId item : items) {
        if (index(item) < num_items()) scores[index(item)] = 0;
      }
    };
    if (query.exclude_seen) leave_out(query.history.items);
    leave_out(query.exclude);
    offer_all(scores, num_items(), 0, 0.0f, scratch.top);
  }
  size_t used = 0;
  for (const Candidate& best : scratch.top.finish()) {
    row[used++] = {ItemId(best.item), best.score};
  }
  scratch.clear();
  if (used < row.size()) fill_.fill(scratch.filter, row, used);
}

void CoocModel::retrieve(std::span<const Query> queries, size_t k,
                         std::span<ScoredItem> out) const {
  KASKAD_ASSERT(out.size() == queries.size() * k);
  Scratch scratch(num_items());
  for (size_t q = 0; q < queries.size(); ++q) {
    answer(queries[q], scratch, out.subspan(q * k, k));
  }
}

void CoocModel::score_all(const Query& query, std::span<float> scores) const {
  KASKAD_ASSERT(scores.size() == num_items());
  Scratch scratch(num_items());
  score(query, scratch);
  std::copy(scratch.scores.begin(), scratch.scores.end(), scores.begin());
}

namespace {

std::vector<Contribution> strongest_first(std::span<const float> shares) {
  std::vector<Contribution> result;
  for (uint32_t p = 0; p < shares.size(); ++p) {
    if (shares[p] != 0) result.push_back({p, shares[p]});
  }
  std::stable_sort(result.begin(), result.end(),
                   [](const Contribution& a, const Contribution& b) { return a.share > b.share; });
  return result;
}

}  // namespace

// factors[t] = what the part adds to the final score of items[t], over its own score of it; 0
// where it says nothing. Uses up the scores of the part.
void CoocModel::part_factors(size_t part, const Query& query, std::span<const ItemId> items,
                             Scratch& scratch, std::span<float> factors) const {
  std::fill(factors.begin(), factors.end(), 0.0f);
  if (blend_.parts.size() == 1) {
    for (size_t t = 0; t < items.size(); ++t) factors[t] = scratch.scores[index(items[t])] != 0;
    return scratch.clear();
  }
  const auto weight = static_cast<float>(blend_.parts[part].weight);
  const double sum = positive_sum(query, scratch);
  for (size_t t = 0; t < items.size() && sum > 0; ++t) {
    const float score = scratch.scores[index(items[t])];
    if (score <= 0) continue;
    factors[t] = weight * std::log1p(score * static_cast<float>(1 / (sum * kBlendFloor))) / score;
  }
  scratch.clear();
}

// Within a part an event's share is its own term; a part's terms are scaled to what the part
// adds to the item's final score. Each part is scored once and its rows read once more, whatever
// the number of items.
std::vector<std::vector<Contribution>> CoocModel::explain(const Query& query,
                                                          std::span<const ItemId> items) const {
  const size_t events = query.history.size();
  std::vector<uint32_t> place(num_items(), 0);  // 1 + the item's place in `items`, 0 for others
  for (uint32_t t = 0; t < items.size(); ++t) place[index(items[t])] = t + 1;
  std::vector<float> shares(items.size() * events, 0.0f);  // (items, events)
  std::vector<float> factors(items.size());
  Scratch scratch(num_items());
  for (size_t part = 0; part < blend_.parts.size(); ++part) {
    if (blend_.parts[part].variant.matrix.kind == MatrixKind::kPopularity) continue;
    score_part(part, query, scratch);
    part_factors(part, query, items, scratch, factors);
    for (const WeightedItem& event : scratch.weighed) {
      const auto columns = matrices_[part].view.row_columns(event.item);
      const auto values = matrices_[part].view.row_values(event.item);
      for (size_t c = 0; c < columns.size(); ++c) {
        const uint32_t t = place[columns[c]];
        if (t == 0) continue;
        shares[(t - 1) * events + event.position] += event.weight * values[c] * factors[t - 1];
      }
    }
  }
  std::vector<std::vector<Contribution>> result;
  for (size_t t = 0; t < items.size(); ++t) {
    result.push_back(strongest_first(std::span(shares).subspan(t * events, events)));
  }
  return result;
}

// Adds what a part's row says of the others, as blend_part() does for a history of one item.
void CoocModel::add_similar(size_t part, ItemId item, std::span<float> scores) const {
  const auto columns = matrices_[part].view.row_columns(index(item));
  const auto values = matrices_[part].view.row_values(index(item));
  double sum = 0;
  for (size_t c = 0; c < columns.size(); ++c) {
    if (columns[c] != index(item)) sum += std::max(0.0f, values[c]);
  }
  if (sum <= 0) return;
  const double scale = 1 / (sum * kBlendFloor);
  for (size_t c = 0; c < columns.size(); ++c) {
    const double share = scale * std::max(0.0f, values[c]);
    scores[columns[c]] += static_cast<float>(blend_.parts[part].weight * std::log1p(share));
  }
}

// Parts that speak against items correct for others, which one item alone does not call for; and
// popularity is like nothing.
std::vector<ScoredItem> CoocModel::similar(ItemId item, size_t k) const {
  std::vector<float> scores(num_items(), 0.0f);
  for (size_t part = 0; part < blend_.parts.size(); ++part) {
    if (blend_.parts[part].variant.matrix.kind == MatrixKind::kPopularity) continue;
    if (blend_.parts.size() == 1) {
      const auto columns = matrices_[part].view.row_columns(index(item));
      const auto values = matrices_[part].view.row_values(index(item));
      for (size_t c = 0; c < columns.size(); ++c) scores[columns[c]] = values[c];
    } else if (blend_.parts[part].weight > 0) {
      add_similar(part, item, scores);
    }
  }
  scores[index(item)] = 0;
  TopK top(k);
  offer_all(scores.data(), num_items(), 0, 0.0f, top);
  std::vector<ScoredItem> result;
  for (const Candidate& best : top.finish()) result.push_back({ItemId(best.item), best.score});
  return result;
}

}  // namespace kaskad
