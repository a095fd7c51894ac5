#include "kaskad/grid/advice.h"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <nlohmann/json.hpp>

namespace kaskad {
namespace {

using Property = std::function<bool(const Variant&)>;

bool counted(const Variant& v) { return v.matrix.kind == MatrixKind::kCooccurrence; }

// Whether a popular target counts for less than its co-occurrences.
bool corrects_popularity(const Normalisation& norm) {
  return norm.target_power > 0 || (norm.kind != NormKind::kRaw && norm.kind != NormKind::kRow);
}

const VariantScore* best_where(const std::vector<VariantScore>& leaders, const Property& property) {
  const auto found = std::find_if(leaders.begin(), leaders.end(), [&](const VariantScore& score) {
    return property(score.variant);
  });
  return found == leaders.end() ? nullptr : &*found;
}

Interval paired_ndcg(const VariantScore& a, const VariantScore& b,
                     const BootstrapOptions& options) {
  const std::vector<double> x(a.case_ndcg.begin(), a.case_ndcg.end());
  const std::vector<double> y(b.case_ndcg.begin(), b.case_ndcg.end());
  return paired_difference(x, y, options).difference;
}

std::string figure(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.4f", value);
  return text;
}

std::string signed_figure(double value) { return (value >= 0 ? "+" : "") + figure(value); }

std::string describe(const Interval& interval) {
  return signed_figure(interval.value) + " (95% interval " + signed_figure(interval.low) + " to " +
         signed_figure(interval.high) + ")";
}

// One question to the log, with what to do for each answer.
struct Contrast {
  std::string topic;
  Property with, without;
  std::string if_helps, if_hurts, if_neither;
};

Property on_counts(Property property) {
  return [property](const Variant& v) { return counted(v) && property(v); };
}

std::vector<Contrast> contrasts(const LogFacts& facts) {
  std::vector<Contrast> list = {
      {"popularity correction",
       on_counts([](const Variant& v) { return corrects_popularity(v.matrix.normalisation); }),
       on_counts([](const Variant& v) { return !corrects_popularity(v.matrix.normalisation); }),
       "Damping popular items pays here, so popularity bias is a risk for the neural model: mix "
       "in-batch with uniform negatives and use the LogQ correction; compare with and without.",
       "Popular items are popular for good reason here: uniform or full-softmax negatives; "
       "in-batch "
       "negatives only with the LogQ correction, which gives the popular items back.",
       "Popularity correction makes no difference: full softmax where the catalogue is small, else "
       "uniform negatives; LogQ only with in-batch negatives."},
      {"recency of the history",
       [](const Variant& v) { return v.history.position != PositionDecay::kUniform; },
       [](const Variant& v) {
         return v.history.position == PositionDecay::kUniform && v.history.last == 0 &&
                v.history.age_tau == 0;
       },
       "The newest events say most: a sequence model (SASRec) rather than a bag of items, with "
       "positions counted from the end.",
       "The whole history counts alike: a pooled two-tower or EASE fits; long histories, no "
       "strong position decay.",
       "The order of events in the history says little: start with the pooled two-tower."},
      {"direction", on_counts([](const Variant& v) { return v.matrix.weighting.reverse == 0; }),
       on_counts([](const Variant& v) { return v.matrix.weighting.reverse == 1; }),
       "What comes next differs from what came before: causal attention (SASRec, shifted "
       "targets) rather than masked training in both directions.",
       "Order within a history carries no direction: masked training (BERT4Rec) or a symmetric "
       "two-tower loses nothing.",
       "Direction makes no difference: causal and masked training can both be tried."},
      {"distance", on_counts([](const Variant& v) {
         return v.matrix.weighting.window > 0 || v.matrix.weighting.gap != GapDecay::kNone;
       }),
       on_counts([](const Variant& v) {
         return v.matrix.weighting.window == 0 && v.matrix.weighting.gap == GapDecay::kNone &&
                !v.matrix.weighting.needs_clock();
       }),
       "Near neighbours matter more than the session as a whole: short training sequences suffice.",
       "Items belong together however far apart they were taken: use the longest history that "
       "fits.",
       "Distance within a history makes no difference."},
      {"more than counts", [](const Variant& v) { return v.matrix.kind == MatrixKind::kEase; },
       counted,
       "A fitted linear model beats counting: items explain each other away, which a neural model "
       "can use further.",
       "Counting beats the fitted linear model (EASE), which sees neither order nor distance: let "
       "the neural model see both.",
       "Counting and the fitted linear model (EASE) are level."}};
  if (facts.has_clock) {
    list.push_back(
        {"trend", on_counts([](const Variant& v) { return v.matrix.weighting.age_tau > 0; }),
         on_counts([](const Variant& v) { return v.matrix.weighting.age_tau == 0; }),
         "Recent co-occurrences say more than old ones: train on the newest part of the log, "
         "retrain often, give the model time features.",
         "Old events are as good as new ones: train on the whole log.",
         "The age of events makes no difference: train on the whole log, retrain at leisure."});
  }
  if (facts.has_content) {
    list.push_back({"content", on_counts([](const Variant& v) { return v.matrix.content > 0; }),
                    on_counts([](const Variant& v) { return v.matrix.content == 0; }),
                    "Item features add to co-occurrence: give the item tower the features, not "
                    "the id alone; cold items profit most.",
                    "Item features dilute co-occurrence: keep them out of the first model, except "
                    "for cold items.",
                    "Item features add nothing for known items: use them for cold items only."});
  }
  return list;
}

Advice advise(const Contrast& contrast, const std::vector<VariantScore>& leaders,
              const BootstrapOptions& bootstrap) {
  Advice result{contrast.topic, "unknown", "", "", {}};
  const VariantScore* with = best_where(leaders, contrast.with);
  const VariantScore* without = best_where(leaders, contrast.without);
  if (!with || !without) {
    result.advice = "The grid tried no variants that would tell.";
    result.evidence = std::string("none ") + (with ? "without" : "with") + " the property";
    return result;
  }
  result.difference = paired_ndcg(*with, *without, bootstrap);
  result.evidence = "ndcg@10 on validation: best with " + figure(with->ndcg) + " (" +
                    with->variant.name() + "), best without " + figure(without->ndcg) + " (" +
                    without->variant.name() + "), difference " + describe(result.difference);
  if (result.difference.low > 0) {
    result.verdict = "helps";
    result.advice = contrast.if_helps;
  } else if (result.difference.high < 0) {
    result.verdict = "hurts";
    result.advice = contrast.if_hurts;
  } else {
    result.verdict = "no difference";
    result.advice = contrast.if_neither;
  }
  return result;
}

// Newest events that carry 95% of the winner's weight over a long history.
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

Advice history_length(const std::vector<VariantScore>& leaders) {
  const size_t used = useful_events(leaders.front().variant.history);
  Advice result{"history length", "unknown", "", "", {}};
  const size_t length = used <= 20 ? 50 : used <= 60 ? 100 : 200;
  result.advice = "Start with a maximal history of " + std::to_string(length) + " events.";
  result.evidence = "the winner puts 95% of its weight on the newest " + std::to_string(used) +
                    " of 200 events (" + leaders.front().variant.history.name() + ")";
  return result;
}

const Advice* find(const std::vector<Advice>& advice, const std::string& topic) {
  const auto found =
      std::find_if(advice.begin(), advice.end(), [&](const Advice& a) { return a.topic == topic; });
  return found == advice.end() ? nullptr : &*found;
}

bool helps(const std::vector<Advice>& advice, const std::string& topic) {
  const Advice* found = find(advice, topic);
  return found && found->verdict == "helps";
}

}  // namespace

std::vector<Advice> make_advice(const std::vector<VariantScore>& leaders, const LogFacts& facts,
                                const BootstrapOptions& bootstrap) {
  std::vector<Advice> result;
  for (const Contrast& contrast : contrasts(facts)) {
    result.push_back(advise(contrast, leaders, bootstrap));
  }
  result.push_back(history_length(leaders));
  return result;
}

std::string starting_recipe(const std::vector<Advice>& advice, const VariantScore& winner,
                            const LogFacts& facts) {
  constexpr size_t kFullSoftmaxItems = 50'000;
  const bool sequence = helps(advice, "recency of the history") || helps(advice, "distance");
  const bool corrected = helps(advice, "popularity correction");
  const size_t used = useful_events(winner.variant.history);
  const auto because = [&](const std::string& topic) {
    const Advice* found = find(advice, topic);
    return found ? "  # " + topic + " " + found->verdict : std::string();
  };
  std::string text = "# Written by kaskad grid; the best matrix was\n#   " + winner.variant.name() +
                     "  (ndcg@10 " + figure(winner.ndcg) + " on validation)\n";
  text += std::string("model = \"") + (sequence ? "sasrec" : "two_tower") + "\"" +
          because("recency of the history") + "\n";
  text += "max_history = " +
          std::to_string(used <= 20   ? 50
                         : used <= 60 ? 100
                                      : 200) +
          "  # 95% of the best matrix's weight lies on " + std::to_string(used) + " events\n";
  text += "causal = " + std::string(helps(advice, "direction") || sequence ? "true" : "false") +
          because("direction") + "\n";
  if (facts.num_items <= kFullSoftmaxItems) {
    text += "loss = \"softmax\"  # the catalogue is small enough for all items\n";
  } else {
    text += "loss = \"sampled_softmax\"\n";
    text += std::string("negatives = \"") + (corrected ? "mixed" : "uniform") + "\"" +
            because("popularity correction") + "\n";
    text += std::string("logq = \"") + (corrected ? "corrected" : "none") + "\"\n";
  }
  if (facts.has_content) {
    text += std::string("item_features = ") + (helps(advice, "content") ? "true" : "false") +
            because("content") + "\n";
  }
  if (facts.has_clock) {
    text += std::string("time_features = ") + (helps(advice, "trend") ? "true" : "false") +
            because("trend") + "\n";
  }
  return text;
}

nlohmann::json marginal_effects(const std::vector<VariantScore>& leaders, const LogFacts& facts,
                                const BootstrapOptions& bootstrap) {
  struct Value {
    std::string value;
    std::vector<double> ndcg;
    const VariantScore* at_winner = nullptr;  // the winner with this knob turned
  };
  std::vector<std::pair<std::string, std::vector<Value>>> knobs;
  const auto value_of = [&](const KnobValue& knob) -> Value& {
    auto found = std::find_if(knobs.begin(), knobs.end(),
                              [&](const auto& entry) { return entry.first == knob.knob; });
    if (found == knobs.end()) found = knobs.insert(knobs.end(), {knob.knob, {}});
    for (Value& value : found->second) {
      if (value.value == knob.value) return value;
    }
    found->second.push_back({knob.value, {}, nullptr});
    return found->second.back();
  };
  for (const VariantScore& score : leaders) {
    for (const KnobValue& knob : knobs_of(score.variant)) value_of(knob).ndcg.push_back(score.ndcg);
  }
  const VariantScore& winner = leaders.front();
  for (const KnobValue& knob : knobs_of(winner.variant)) value_of(knob).at_winner = &winner;
  for (const Neighbour& neighbour : neighbours_of(winner.variant, facts)) {
    const VariantScore* score =
        best_where(leaders, [&](const Variant& v) { return v == neighbour.variant; });
    if (score) value_of(neighbour.changed).at_winner = score;
  }
  nlohmann::json result = nlohmann::json::array();
  for (auto& [knob, values] : knobs) {
    if (values.size() < 2) continue;
    std::string best_value, worst_value;
    double best = -1, worst = 1e9;
    nlohmann::json rows = nlohmann::json::array();
    for (Value& value : values) {
      std::sort(value.ndcg.begin(), value.ndcg.end());
      nlohmann::json row = {{"value", value.value},
                            {"best", value.ndcg.back()},
                            {"median", value.ndcg[value.ndcg.size() / 2]},
                            {"variants", value.ndcg.size()}};
      if (value.at_winner) {
        const Interval effect = paired_ndcg(*value.at_winner, winner, bootstrap);
        row["paired_effect"] = {
            {"value", effect.value}, {"low", effect.low}, {"high", effect.high}};
      }
      if (value.ndcg.back() > best) best = value.ndcg.back(), best_value = value.value;
      if (value.ndcg.back() < worst) worst = value.ndcg.back(), worst_value = value.value;
      rows.push_back(std::move(row));
    }
    result.push_back({{"knob", knob},
                      {"sentence", "best with " + best_value + " (" + figure(best) + "), at most " +
                                       figure(worst) + " with " + worst_value},
                      {"spread", best - worst},
                      {"values", std::move(rows)}});
  }
  std::stable_sort(result.begin(), result.end(), [](const auto& a, const auto& b) {
    return a["spread"].template get<double>() > b["spread"].template get<double>();
  });
  return result;
}

}  // namespace kaskad
