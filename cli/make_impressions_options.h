// What `kaskad make-impressions` is asked for.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "kaskad/dataset/impression_log.h"
#include "kaskad/ranking/label_window.h"
#include "kaskad/ranking/make_lists.h"

namespace kaskad::cli {

struct MakeImpressionsArguments {
  std::string dataset, retriever = "directed", split = "leave-one-out", output, counters = "auto";
  std::string form = "long", requests = "events", known = "taken";
  std::vector<std::string> impressions;  // files
  ImpressionOptions log;
  ListOptions lists;
  LabelWindowOptions window;
  bool keep_seen = false, json = false;
};

// Options and defaults; `arguments` must live as long as the verb.
void add_make_impressions_options(CLI::App& verb, MakeImpressionsArguments& arguments);

}  // namespace kaskad::cli
