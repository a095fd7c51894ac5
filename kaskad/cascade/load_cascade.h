// From cascade.toml to a cascade that answers: everything that it names is read and verified.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "kaskad/cascade/cascade.h"

namespace kaskad {

// Throws Error naming file, line and key of what cannot be used, and why.
std::shared_ptr<const Cascade> load_cascade(const std::string& path,
                                            std::shared_ptr<StageThreads> threads);

// The bundles, features and lists that the config names. What cannot be read is given to `fault`,
// which throws it, or notes it: then the part is null.
CascadeParts load_parts(const CascadeConfig& config, std::function<void(const Error&)> fault);

// What `kaskad check` says: {"ok", "errors": [text], "warnings": [text], "stages": [...], ...}.
// Everything that serving would need, without serving; goes on after an error where it can.
nlohmann::json check_cascade(const std::string& path);

}  // namespace kaskad
