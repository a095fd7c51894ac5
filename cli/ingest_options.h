// The options of `kaskad ingest`.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "kaskad/dataset/ingest.h"

namespace kaskad::cli {

class IngestFlags {
 public:
  void add_to(CLI::App* app);

  // What the user asked for, after parsing. Throws Error naming the option.
  IngestOptions read();

  bool describe = false, json = false;
  std::string report_path;

 private:
  void add_log_options(CLI::App* app);
  void add_filter_options(CLI::App* app);
  void add_feature_options(CLI::App* app);

  IngestOptions options_;
  std::string memory_ = "1G";
  std::vector<std::string> action_weights_, item_types_, user_types_;
  float min_weight_ = 0;
  uint32_t k_core_ = 0;
  CLI::Option* min_weight_option_ = nullptr;
};

}  // namespace kaskad::cli
