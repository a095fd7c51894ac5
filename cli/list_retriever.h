// The retriever behind `kaskad make-impressions`: one that is fitted anew on what each part of the
// lists lets be learned, or a finished bundle, whose own histories say how far it has looked.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kaskad/core/progress.h"
#include "kaskad/dataset/split.h"
#include "kaskad/model/retriever.h"

namespace kaskad::cli {

struct ListRetriever {
  std::string name;  // for people: "popularity", "cooc of runs/grid/winner, fitted anew"
  std::string hash;  // of the bundle; empty without one
  // Users' events that a finished bundle has learned; empty: fitted anew for each phase.
  std::optional<std::vector<uint32_t>> learned;
  std::function<std::shared_ptr<const Retriever>(const Phase&)> of_phase;
};

// `given`: popularity, popularity-window[:7d|:0.1], directed, or the directory of a bundle. Bundles
// of matrices and of popularity are fitted anew with their own options; of others the finished
// model is taken. Throws Error when a bundle is of other items. The dataset must outlive the
// result.
ListRetriever open_list_retriever(const std::string& given, const Dataset& dataset,
                                  const Split& split, int threads, const Progress& progress);

}  // namespace kaskad::cli
