// Lists for rankers out of a log that has no impressions: what a retriever offers at the moment of
// a request, labelled with what the user took next. Called by `kaskad make-impressions`.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "kaskad/core/progress.h"
#include "kaskad/dataset/impressions.h"
#include "kaskad/dataset/split.h"
#include "kaskad/model/retriever.h"

namespace kaskad {

// The head of every next event, whatever its action.
inline constexpr const char* kNextHead = "next";

struct ListOptions {
  size_t candidates = 200;   // retrieved for each request
  bool exclude_seen = true;  // items of the history are neither retrieved nor answers
  // "next", or names of actions: an item has the label of a head when the user took it in that
  // way.
  std::vector<std::string> heads = {kNextHead};
  uint64_t seed = 1;
  int threads = 0;

  // What follows thins lists out for training. The lists of a measurement take none of it: all
  // candidates as they are retrieved, and no other.
  bool sample = false;
  size_t hard = 100;           // of the retrieved that were not taken, drawn evenly; 0: all
  size_t easy = 0;             // further items of the catalogue that were neither
  double easy_alpha = 0;       // drawn by popularity^alpha; 0: evenly
  bool add_positives = false;  // answers that retrieval missed, with the rank they have beyond it
};

struct ListCounts {
  size_t requests = 0;          // asked
  size_t without_answer = 0;    // all answers lie in the history already: no list
  size_t without_positive = 0;  // retrieval missed all answers, nothing to learn: no list
  size_t lists = 0, candidates = 0;
  size_t answers = 0, retrieved = 0, added = 0;  // of the asked requests
};

// Appends a list for each case, in their order. A retriever that `cases` were not hidden from
// gives dishonest lists: see label_window.h. `popularity` (items) weighs the easy negatives.
ListCounts make_lists(const Retriever& retriever, const Dataset& dataset,
                      std::span<const EvalCase> cases, const ListOptions& options,
                      std::span<const uint32_t> popularity, ImpressionWriter& writer,
                      const Progress& progress = {});

// Throws Error naming the heads that the dataset offers.
void check_heads(const Dataset& dataset, const std::vector<std::string>& heads);

}  // namespace kaskad
