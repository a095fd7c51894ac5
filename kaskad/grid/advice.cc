#include "kaskad/grid/advice.h"

#include <algorithm>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "kaskad/eval/verdict_text.h"

namespace kaskad {
namespace {

using Property = std::function<bool(const Variant&)>;
using Forget = std::function<void(Variant&)>;

// Whether a popular target counts for less than its co-occurrences.
bool corrects_popularity(const Normalisation& norm) {
  return norm.target_power > 0 || (norm.kind != NormKind::kRaw && norm.kind != NormKind::kRow);
}

Interval paired_ndcg(const VariantScore& a, const VariantScore& b,
                     const BootstrapOptions& options) {
  const std::vector<double> x(a.case_ndcg.begin(), a.case_ndcg.end());
  const std::vector<double> y(b.case_ndcg.begin(), b.case_ndcg.end());
  return paired_difference(x, y, options).difference;
}

std::string signed_figure(double value) { return (value >= 0 ? "+" : "") + verdict_figure(value); }

std::string describe(const Interval& interval) {
  return signed_figure(interval.value) + " (95% interval " + signed_figure(interval.low) + " to " +
         signed_figure(interval.high) + ")";
}

// One question to the log, with what to do for each answer. Only variants that are alike in all
// but the knobs that `forget` resets are held against each other: what else they have (a trend,
// a content share) must not answer for the property.
struct Contrast {
  std::string topic;
  Property with, without;
  Forget forget;
  std::string if_helps, if_hurts, if_neither;
};

Property on_counts(Property property) {
  return [property](const Variant& v) { return v.is_counted() && property(v); };
}

bool is_near(const PairWeighting& w) {
  return w.window > 0 || w.gap != GapDecay::kNone || w.time_window > 0 || w.gap_tau > 0;
}

bool weighs_recency(const HistoryWeighting& h) {
  return h.position != PositionDecay::kUniform || h.last > 0 || h.age_tau > 0;
}

Contrast popularity_contrast() {
  return {"popularity correction",
          on_counts([](const Variant& v) { return corrects_popularity(v.matrix.normalisation); }),
          on_counts([](const Variant& v) { return !corrects_popularity(v.matrix.normalisation); }),
          [](Variant& v) { v.matrix.normalisation = {}; },
          "Damping popular items pays here, so popularity bias is a risk for the neural model: mix "
          "in-batch with uniform negatives and use the LogQ correction; compare with and without.",
          "Popular items are popular for good reason here: uniform or full-softmax negatives; "
          "in-batch negatives only with the LogQ correction, which gives the popular items back.",
          "Full softmax where the catalogue is small, else uniform negatives; LogQ only with "
          "in-batch negatives."};
}

Contrast recency_contrast() {
  return {"recency of the history",
          [](const Variant& v) { return weighs_recency(v.history); },
          [](const Variant& v) { return !weighs_recency(v.history); },
          [](Variant& v) { v.history = {.combine = v.history.combine}; },
          "The newest events say most: a sequence model (SASRec) rather than a bag of items, with "
          "positions counted from the end.",
          "The whole history counts alike: a pooled two-tower or EASE fits; long histories, no "
          "strong position decay.",
          "Start with the pooled two-tower, the simpler model, and compare a sequence model."};
}

Contrast direction_contrast() {
  return {"direction",
          on_counts([](const Variant& v) { return v.matrix.weighting.reverse == 0; }),
          on_counts([](const Variant& v) { return v.matrix.weighting.reverse == 1; }),
          [](Variant& v) { v.matrix.weighting.reverse = 0; },
          "What comes next differs from what came before: causal attention (SASRec, shifted "
          "targets) rather than masked training in both directions.",
          "Order within a history carries no direction: masked training (BERT4Rec) or a symmetric "
          "two-tower loses nothing.",
          "Causal and masked training can both be tried."};
}

Contrast distance_contrast() {
  return {"distance",
          on_counts([](const Variant& v) { return is_near(v.matrix.weighting); }),
          on_counts([](const Variant& v) { return !is_near(v.matrix.weighting); }),
          [](Variant& v) {
            PairWeighting& w = v.matrix.weighting;
            w = {.reverse = w.reverse, .age_tau = w.age_tau, .user = w.user};
          },
          "Near neighbours matter more than the session as a whole: short training sequences "
          "suffice.",
          "Items belong together however far apart they were taken: use the longest history that "
          "fits.",
          "Take the history length from the figures below rather than from this."};
}

Contrast model_contrast() {
  return {"more than counts",
          [](const Variant& v) { return v.matrix.kind == MatrixKind::kEase; },
          [](const Variant& v) { return v.is_counted(); },
          [](Variant& v) { v.matrix = {}; },
          "A fitted linear model beats counting: items explain each other away, which a neural "
          "model can use further.",
          "Counting beats the fitted linear model (EASE), which sees neither order nor distance: "
          "let the neural model see both.",
          "Counting and the fitted linear model (EASE) are both worth comparing with."};
}

Contrast trend_contrast() {
  return {"trend",
          on_counts([](const Variant& v) { return v.matrix.weighting.age_tau > 0; }),
          on_counts([](const Variant& v) { return v.matrix.weighting.age_tau == 0; }),
          [](Variant& v) { v.matrix.weighting.age_tau = 0; },
          "Recent co-occurrences say more than old ones: train on the newest part of the log, "
          "retrain often, give the model time features.",
          "Old events are as good as new ones: train on the whole log.",
          "Train on the whole log."};
}

Contrast content_contrast() {
  return {"content",
          on_counts([](const Variant& v) { return v.matrix.content > 0; }),
          on_counts([](const Variant& v) { return v.matrix.content == 0; }),
          [](Variant& v) { v.matrix.content = 0; },
          "Item features add to co-occurrence: give the item tower the features, not the id alone; "
          "cold items profit most.",
          "Item features dilute co-occurrence: keep them out of the first model, except for cold "
          "items.",
          "For known items compare with and without item features; cold items need them."};
}

std::vector<Contrast> contrasts(const LogFacts& facts) {
  std::vector<Contrast> list = {popularity_contrast(), recency_contrast(), direction_contrast(),
                                distance_contrast(), model_contrast()};
  if (facts.has_clock) list.push_back(trend_contrast());
  if (facts.has_content) list.push_back(content_contrast());
  return list;
}

// The best with and the best without among variants that are otherwise alike.
struct Match {
  const VariantScore* with = nullptr;
  const VariantScore* without = nullptr;

  bool is_whole() const { return with && without; }
  double best() const { return std::max(with->ndcg, without->ndcg); }
};

// Of all matches the one that reaches highest; not whole where the grid tried none.
Match best_match(const Contrast& contrast, const std::vector<VariantScore>& leaders) {
  std::map<std::string, Match> matches;  // by the rest of the variant
  for (const VariantScore& score : leaders) {
    const bool has = contrast.with(score.variant);
    if (!has && !contrast.without(score.variant)) continue;
    Variant rest = score.variant;
    contrast.forget(rest);
    Match& match = matches[nlohmann::json(rest).dump()];
    const VariantScore*& place = has ? match.with : match.without;
    if (!place) place = &score;  // leaders come best first
  }
  Match best;
  for (const auto& [rest, match] : matches) {
    if (match.is_whole() && (!best.is_whole() || match.best() > best.best())) best = match;
  }
  return best;
}

Advice advise(const Contrast& contrast, const std::vector<VariantScore>& leaders,
              const BootstrapOptions& bootstrap) {
  Advice result{contrast.topic, "unknown", "", "", {}};
  const auto [with, without] = best_match(contrast, leaders);
  if (!with || !without) {
    result.advice = "The grid tried no variants that would tell.";
    result.evidence = "no two variants that differ in this alone";
    return result;
  }
  result.difference = paired_ndcg(*with, *without, bootstrap);
  const std::string cases = std::to_string(with->case_ndcg.size()) + " cases";
  result.evidence = "ndcg@10 on validation, all else equal: with " + verdict_figure(with->ndcg) +
                    " (" + with->variant.name() + "), without " + verdict_figure(without->ndcg) +
                    " (" + without->variant.name() + "), difference " +
                    describe(result.difference) + ", " + cases;
  if (result.difference.low > 0) {
    result.verdict = "helps";
    result.advice = contrast.if_helps;
  } else if (result.difference.high < 0) {
    result.verdict = "hurts";
    result.advice = contrast.if_hurts;
  } else {
    result.verdict = "no difference found";
    result.advice = "These " + cases + " cannot tell (" + signed_figure(result.difference.low) +
                    " to " + signed_figure(result.difference.high) + "). " + contrast.if_neither;
  }
  return result;
}

Advice history_length(const std::vector<VariantScore>& leaders) {
  const size_t used = useful_events(leaders.front().variant.history);
  Advice result{"history length", "unknown", "", "", {}};
  result.advice =
      "Start with a maximal history of " + std::to_string(training_history(used)) + " events.";
  result.evidence = "the best single matrix puts 95% of its weight on the newest " +
                    std::to_string(used) + " of 200 events (" +
                    leaders.front().variant.history.name() + ")";
  return result;
}

}  // namespace

size_t useful_events(const HistoryWeighting& weighting) {
  constexpr size_t kLong = 200;
  std::vector<ItemId> items(kLong, ItemId(0));
  std::vector<int64_t> times(kLong, 0);
  std::vector<WeightedItem> weighed;
  weigh_history(weighting, items, times, weighed);
  double total = 0, sum = 0;
  for (const WeightedItem& item : weighed) total += item.weight;
  size_t used = 0;
  while (used < weighed.size() && sum < 0.95 * total) sum += weighed[used++].weight;
  return used;
}

size_t training_history(size_t useful) { return useful <= 20 ? 50 : useful <= 60 ? 100 : 200; }

std::vector<Advice> make_advice(const std::vector<VariantScore>& leaders, const LogFacts& facts,
                                const BootstrapOptions& bootstrap) {
  std::vector<Advice> result;
  for (const Contrast& contrast : contrasts(facts)) {
    result.push_back(advise(contrast, leaders, bootstrap));
  }
  result.push_back(history_length(leaders));
  return result;
}

}  // namespace kaskad
