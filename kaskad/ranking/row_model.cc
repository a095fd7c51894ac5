#include "kaskad/ranking/row_model.h"

#include <filesystem>

#include "kaskad/core/error.h"
#include "kaskad/ranking/booster.h"
#include "kaskad/ranking/onnx_rows.h"

namespace kaskad {

std::unique_ptr<RowModel> open_row_model(const std::string& path) {
  const std::string ending = std::filesystem::path(path).extension().string();
  if (ending == ".onnx") return std::make_unique<OnnxRows>(path);
  if (ending == ".json" || ending == ".ubj") return std::make_unique<Booster>(path);
  throw data_error(path, 0, "", "a file ending in '" + ending + "'",
                   ".onnx, or .json or .ubj of XGBoost");
}

}  // namespace kaskad
