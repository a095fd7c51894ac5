#include "kaskad/ranking/calibration_fit.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kaskad/core/error.h"
#include "kaskad/ranking/list_labels.h"
#include "kaskad/ranking/list_requests.h"

namespace kaskad {
namespace {

// Neighbouring scores that share one probability.
struct Step {
  double low, high;  // scores
  double positives, count;

  double mean() const { return positives / count; }
};

// The logistic curve of standardised scores while it is fitted.
class PlattFit {
 public:
  PlattFit(const std::vector<double>& scores, const std::vector<uint8_t>& labels)
      : scores_(scores), labels_(labels) {
    double positives = 0;
    for (const uint8_t label : labels) positives += label;
    const double negatives = static_cast<double>(labels.size()) - positives;
    target_[1] = (positives + 1) / (positives + 2);
    target_[0] = 1 / (negatives + 2);
    offset_ = std::log((positives + 1) / (negatives + 1));
    loss_ = loss(0, offset_);
  }

  void fit() {
    constexpr int kMostSteps = 100;
    for (int step = 0; step < kMostSteps && newton_step(); ++step) {
    }
  }
  double slope() const { return slope_; }
  double offset() const { return offset_; }

 private:
  // Cross-entropy of the targets: log(1 + exp(z)) - t z.
  double loss(double slope, double offset) const {
    double sum = 0;
    for (size_t i = 0; i < scores_.size(); ++i) {
      const double z = slope * scores_[i] + offset;
      sum += std::max(z, 0.0) + std::log1p(std::exp(-std::abs(z))) - target_[labels_[i]] * z;
    }
    return sum;
  }

  // False at the minimum: no gradient, or no step along it that helps.
  bool newton_step() {
    double g1 = 0, g2 = 0, h11 = 1e-12, h12 = 0, h22 = 1e-12;
    for (size_t i = 0; i < scores_.size(); ++i) {
      const double p = 1 / (1 + std::exp(-(slope_ * scores_[i] + offset_)));
      const double error = p - target_[labels_[i]], weight = p * (1 - p);
      g1 += error * scores_[i];
      g2 += error;
      h11 += weight * scores_[i] * scores_[i];
      h12 += weight * scores_[i];
      h22 += weight;
    }
    const auto n = static_cast<double>(scores_.size());
    if (std::abs(g1) < 1e-9 * n && std::abs(g2) < 1e-9 * n) return false;
    const double determinant = h11 * h22 - h12 * h12;
    const double d1 = -(h22 * g1 - h12 * g2) / determinant;
    const double d2 = -(h11 * g2 - h12 * g1) / determinant;
    const double slope_along = g1 * d1 + g2 * d2;
    for (double length = 1; length > 1e-10; length /= 2) {
      const double found = loss(slope_ + length * d1, offset_ + length * d2);
      if (!(found < loss_ + 1e-4 * length * slope_along)) continue;
      slope_ += length * d1;
      offset_ += length * d2;
      loss_ = found;
      return true;
    }
    return false;
  }

  const std::vector<double>& scores_;
  const std::vector<uint8_t>& labels_;
  double target_[2] = {};
  double slope_ = 0, offset_ = 0, loss_ = 0;
};

std::vector<uint32_t> rising_order(const std::vector<float>& scores) {
  std::vector<uint32_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(),
            [&](uint32_t a, uint32_t b) { return scores[a] < scores[b]; });
  return order;
}

// 0 and 1, some of each.
std::vector<uint8_t> both_labels(const Impressions& lists, const std::string& head) {
  std::vector<uint8_t> labels;
  for (const float label : labels_of(lists, head_number(lists, head))) labels.push_back(label > 0);
  const auto positives = std::count(labels.begin(), labels.end(), 1);
  if (positives == 0 || positives == std::ssize(labels)) {
    throw data_error(lists.directory(), 0, "",
                     std::to_string(positives) + " of " + std::to_string(labels.size()) +
                         " candidates with the label '" + head + "'",
                     "some with it and some without");
  }
  return labels;
}

}  // namespace

std::vector<LabelledScores> label_scores(const Ranker& ranker, const Dataset& dataset,
                                         const Impressions& lists, int threads,
                                         const Progress& progress) {
  std::vector<LabelledScores> data;
  for (const Head& head : ranker.heads()) data.push_back({{}, both_labels(lists, head.name)});
  const auto scores = score_list_heads(ranker, dataset, lists, threads, progress);
  const size_t heads = data.size();
  for (size_t i = 0; i < scores.size(); ++i) data[i % heads].scores.push_back(scores[i]);
  return data;
}

IsotonicCurve fit_isotonic(const LabelledScores& data) {
  std::vector<Step> steps;
  for (const uint32_t i : rising_order(data.scores)) {
    const double score = data.scores[i];
    if (!steps.empty() && steps.back().low == score) {  // a step of one score still: nothing merged
      steps.back().positives += data.labels[i];
      steps.back().count += 1;
    } else {
      steps.push_back({score, score, static_cast<double>(data.labels[i]), 1});
    }
  }
  std::vector<Step> rising;
  for (Step step : steps) {
    while (!rising.empty() && rising.back().mean() >= step.mean()) {
      const Step& before = rising.back();
      step = {before.low, step.high, before.positives + step.positives, before.count + step.count};
      rising.pop_back();
    }
    rising.push_back(step);
  }
  IsotonicCurve curve;
  for (const Step& step : rising) {
    curve.scores.push_back(step.low);
    curve.probabilities.push_back(step.mean());
    if (step.high == step.low) continue;
    curve.scores.push_back(step.high);
    curve.probabilities.push_back(step.mean());
  }
  return curve;
}

PlattCurve fit_platt(const LabelledScores& data) {
  const auto n = static_cast<double>(data.scores.size());
  double mean = 0, squares = 0;
  for (const float score : data.scores) mean += score / n;
  for (const float score : data.scores) squares += (score - mean) * (score - mean);
  const double deviation = squares > 0 ? std::sqrt(squares / n) : 1;
  std::vector<double> standard;
  for (const float score : data.scores) standard.push_back((score - mean) / deviation);
  PlattFit fit(standard, data.labels);
  fit.fit();
  return {fit.slope() / deviation, fit.offset() - fit.slope() * mean / deviation};
}

ProbabilityCurve fit_curve(const std::string& method, const LabelledScores& data) {
  if (method == "isotonic") return fit_isotonic(data);
  if (method == "platt") return fit_platt(data);
  throw Error("calibration '" + method + "' is unknown; there are isotonic and platt");
}

}  // namespace kaskad
