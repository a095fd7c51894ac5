#include "kaskad/server/infer_models.h"

#include <algorithm>
#include <filesystem>

#include "kaskad/core/error.h"
#include "kaskad/core/hash.h"

namespace kaskad {

const OnnxSession& InferModel::session() const {
  const std::lock_guard lock(mutex_);
  // What its file declares of the answer need not be right: CatBoost says (n) of (n, 1).
  if (!session_) session_.emplace(file_.path, SessionOptions{.output_shapes_hold = false});
  return *session_;
}

void InferModels::add(std::unique_ptr<InferModel> model) {
  const std::string name = model->name();
  if (!models_.emplace(name, std::move(model)).second) {
    throw Error("two ONNX models are called '" + name + "', expected a name each");
  }
}

void InferModels::add_bundle(const std::string& prefix, const std::string& directory,
                             const std::string& version) {
  namespace fs = std::filesystem;
  std::error_code gone;  // a bundle in memory alone has no files
  for (fs::recursive_directory_iterator at(directory, gone), end; at != end; at.increment(gone)) {
    if (gone) break;
    if (!at->is_regular_file() || at->path().extension() != ".onnx") continue;
    std::string name = fs::relative(at->path(), directory).replace_extension().string();
    std::ranges::replace(name, '/', '.');
    add(std::make_unique<InferModel>(OnnxFile{prefix + "." + name, at->path().string()}, version));
  }
}

void InferModels::add_file(const OnnxFile& file) {
  const std::string hash = hash_file(file.path);
  auto model = std::make_unique<InferModel>(file, hash.substr(0, 12));
  model->session();
  add(std::move(model));
}

const InferModel* InferModels::find(std::string_view name) const {
  const auto found = models_.find(name);
  return found == models_.end() ? nullptr : found->second.get();
}

std::string InferModels::version() const {
  Hasher hasher;
  for (const auto& [name, model] : models_) hasher.add("\n" + name + " " + model->version());
  return hasher.hex().substr(0, 12);
}

std::vector<const InferModel*> InferModels::all() const {
  std::vector<const InferModel*> all;
  for (const auto& [name, model] : models_) all.push_back(model.get());
  return all;
}

std::vector<std::string> InferModels::names() const {
  std::vector<std::string> names;
  for (const auto& [name, model] : models_) names.push_back(name);
  return names;
}

}  // namespace kaskad
