#include "kaskad/cooc/cooc_model.h"

#include <algorithm>
#include <cmath>

#include "kaskad/cooc/cooc_scratch.h"
#include "kaskad/cooc/knobs.h"

namespace kaskad {

namespace {

const MatrixView& viewed(ModelMatrix& matrix) {
  matrix.view = matrix.owned.view();
  return matrix.view;
}

std::string file_of(const std::string& directory, size_t part, const char* array) {
  return directory + "/matrix-" + std::to_string(part) + "." + array + ".npy";
}

}  // namespace

CoocModel::CoocModel(Blend blend, std::vector<uint64_t> popularity)
    : blend_(std::move(blend)),
      popularity_(std::move(popularity)),
      fill_(popularity_),
      scratch_([items = popularity_.size()] { return std::make_unique<Scratch>(items); }) {}

CoocModel::~CoocModel() = default;

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

}  // namespace kaskad
