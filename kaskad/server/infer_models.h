// The ONNX files that a server runs for whoever asks by the Open Inference Protocol: those of the
// served bundles, and files given by themselves. Part of Served; called by infer_api.h.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/onnx/session.h"
#include "kaskad/server/infer_statistics.h"

namespace kaskad {

// A file and the name that it is served under.
struct OnnxFile {
  std::string name, path;
};

// Thread-safe. A graph of a bundle has been opened by the bundle's own model; it is opened a second
// time when somebody asks for it here, so that a server nobody asks pays nothing.
class InferModel {
 public:
  InferModel(OnnxFile file, std::string version)
      : file_(std::move(file)), version_(std::move(version)) {}

  const std::string& name() const { return file_.name; }
  const std::string& path() const { return file_.path; }
  const std::string& version() const { return version_; }
  // Throws Error when the file is none that can be run.
  const OnnxSession& session() const;

  InferStatistics& statistics() const { return statistics_; }  // since it was loaded

 private:
  const OnnxFile file_;
  const std::string version_;
  mutable std::mutex mutex_;
  mutable std::optional<OnnxSession> session_;
  mutable InferStatistics statistics_;
};

class InferModels {
 public:
  // The graphs below a bundle's directory: "prefix.graph", of folders within "prefix.folder.graph".
  void add_bundle(const std::string& prefix, const std::string& directory,
                  const std::string& version);
  // Opens the file. Throws Error when it cannot be run, or the name is taken.
  void add_file(const OnnxFile& file);

  const InferModel* find(std::string_view name) const;  // null: there is none
  std::vector<const InferModel*> all() const;           // by name
  std::vector<std::string> names() const;
  std::string version() const;  // another one where a model is

 private:
  void add(std::unique_ptr<InferModel> model);

  std::map<std::string, std::unique_ptr<InferModel>, std::less<>> models_;
};

}  // namespace kaskad
