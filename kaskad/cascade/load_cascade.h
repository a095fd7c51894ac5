// From cascade.toml to a cascade that answers: everything that it names is read and verified.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "kaskad/cascade/cascade.h"

namespace kaskad {

// What was loaded, by its path, so that cascades which name the same share it.
struct LoadedParts {
  std::map<std::string, std::shared_ptr<const Bundle>> retrievers = {};
  std::map<std::string, std::shared_ptr<const RankerBundle>> rankers = {};
  std::map<std::string, std::shared_ptr<const Dataset>> datasets = {};
};

// Throws Error naming file, line and key of what cannot be used, and why.
std::shared_ptr<const Cascade> load_cascade(const std::string& path,
                                            std::shared_ptr<StageThreads> threads);
std::shared_ptr<const Cascade> load_cascade(CascadeConfig config,
                                            std::shared_ptr<StageThreads> threads,
                                            LoadedParts& loaded);

// The bundles, features and lists that the config names. What cannot be read is given to `fault`,
// which throws it, or notes it: then the part is null.
CascadeParts load_parts(const CascadeConfig& config, std::function<void(const Error&)> fault,
                        LoadedParts& loaded);

// A request answered at loading.
struct Trial {
  bool stored = false;  // of the first user whose history is stored; else of nobody known
  CascadeAnswer answer;
};

// Answers of a request of nobody and of one that is stored: they bring the models' files into
// memory, so that the first request of a user is not the slow one, and show what fails.
std::vector<Trial> try_cascade(const Cascade& cascade);

// The same of stored users at even distances, at most `most` of them and for at most `budget`: how
// the stages' scores are distributed before anybody is answered. Ends with the first answer that
// has a fault, which is not given to `take`: a stage that fails is not called again and again.
void try_stored_users(const Cascade& cascade, size_t most, std::chrono::milliseconds budget,
                      const std::function<void(const CascadeAnswer&)>& take);

// What a cascade is made of, [{"name", "stage", "kind", "version", "created", "keep", ...}], in the
// order of the file; for `kaskad check` and the console.
nlohmann::ordered_json describe_stages(const Cascade& cascade);

// What `kaskad check` says: {"ok", "errors": [text], "warnings": [text], "stages": [...], ...}.
// Everything that serving would need, without serving; goes on after an error where it can.
nlohmann::json check_cascade(const std::string& path);

}  // namespace kaskad
