// What `kaskad ablate` prints for a person. Called by ablate.cc.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "kaskad/ablation/components.h"

namespace kaskad::cli {

// Of --list: what is on, what switches it off, what stands in the way.
std::string component_table(const std::vector<Component>& components);

// A row a component with the change of the deciding metric and of the costs, then the other
// metrics.
std::string change_table(const nlohmann::json& ablation);

}  // namespace kaskad::cli
