// What Python holds of a model: the retriever and, where it was loaded, the bundle that owns it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kaskad/model/bundle.h"

namespace kaskad::python {

struct Model {
  std::shared_ptr<const Retriever> retriever;
  std::function<void(const std::string& directory)> save = {};  // none of a loaded model
  std::string config_json = {};
  std::vector<std::string> golden_queries = {};
  std::shared_ptr<const Bundle> bundle = {};  // none of a fitted model
};

}  // namespace kaskad::python
