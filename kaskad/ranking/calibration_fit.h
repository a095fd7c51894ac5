// Curves from scores to probabilities, fitted on scores whose labels are known. Called by
// `kaskad calibrate` with the validation lists.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "kaskad/core/progress.h"
#include "kaskad/dataset/impressions.h"
#include "kaskad/model/calibration.h"
#include "kaskad/model/ranker.h"

namespace kaskad {

// What one head gave to all candidates of all lists, and whether the label was there.
struct LabelledScores {
  std::vector<float> scores;
  std::vector<uint8_t> labels;  // 0 or 1
};

// One a head of the ranker, by the labels of the lists' head of that name. Throws Error when the
// lists lack one, or hold no candidate with the label or none without.
std::vector<LabelledScores> label_scores(const Ranker& ranker, const Dataset& dataset,
                                         const Impressions& lists, int threads,
                                         const Progress& progress = {});

// Pool adjacent violators (Ayer 1955): the rising steps of least squared error. Equal scores are
// one point; each step is level between its lowest and its highest score, with a straight line to
// the next.
IsotonicCurve fit_isotonic(const LabelledScores& data);

// Maximum likelihood of a logistic curve with Platt's targets (N+ + 1)/(N+ + 2) and 1/(N- + 2),
// which keep it from certainty (Platt 1999), by Newton steps that are halved until the likelihood
// rises (Lin, Lin and Weng 2007).
PlattCurve fit_platt(const LabelledScores& data);

// "isotonic" or "platt"; throws Error naming these.
ProbabilityCurve fit_curve(const std::string& method, const LabelledScores& data);

}  // namespace kaskad
