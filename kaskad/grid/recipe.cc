// What to train first: every line of the recipe is one decision, and its comment is the reason
// that the decision was made for.
#include <algorithm>
#include <cstdio>

#include "kaskad/grid/advice.h"

namespace kaskad {
namespace {

constexpr size_t kFullSoftmaxItems = 50'000;

struct Choice {
  std::string value;   // as TOML writes it
  std::string reason;  // a comment
};

std::string line(const std::string& key, const Choice& choice) {
  return key + " = " + choice.value + "  # " + choice.reason + "\n";
}

// What the advice says of its topics.
class Verdicts {
 public:
  explicit Verdicts(const std::vector<Advice>& advice) : advice_(advice) {}

  bool helps(const std::string& topic) const { return of(topic) == "helps"; }
  bool hurts(const std::string& topic) const { return of(topic) == "hurts"; }
  // "direction helps", "content: no difference found"
  std::string words(const std::string& topic) const {
    const std::string verdict = of(topic);
    const bool is_verb = verdict == "helps" || verdict == "hurts";
    return topic + (is_verb ? " " : ": ") + verdict;
  }

 private:
  std::string of(const std::string& topic) const {
    const auto found = std::find_if(advice_.begin(), advice_.end(),
                                    [&](const Advice& a) { return a.topic == topic; });
    return found == advice_.end() ? "unknown" : found->verdict;
  }

  const std::vector<Advice>& advice_;
};

// A sequence model where the order of a history says something, and then one that looks back
// only, unless looking both ways was better.
Choice choose_model(const Verdicts& verdicts) {
  const std::string recency = "recency of the history", distance = "distance";
  if (!verdicts.helps(recency) && !verdicts.helps(distance)) {
    return {"\"two_tower\"", verdicts.words(recency) + ", " + verdicts.words(distance)};
  }
  const std::string reason = verdicts.words(verdicts.helps(recency) ? recency : distance);
  if (!verdicts.hurts("direction")) return {"\"sasrec\"", reason};
  return {"\"bert4rec\"", reason + ", but " + verdicts.words("direction")};
}

// On where the advice or the best matrix itself speaks for it.
Choice choose_features(const Verdicts& verdicts, const std::string& topic, bool in_winner) {
  if (verdicts.helps(topic)) return {"true", verdicts.words(topic)};
  if (in_winner && !verdicts.hurts(topic)) {
    return {"true", verdicts.words(topic) + ", but the best matrix has it"};
  }
  return {"false", verdicts.words(topic)};
}

Choice choose_history(const HistoryWeighting& weighting) {
  const size_t used = useful_events(weighting);
  return {std::to_string(training_history(used)),
          "95% of the best matrix's weight lies on " + std::to_string(used) + " events"};
}

std::string loss_lines(const Verdicts& verdicts, size_t num_items) {
  if (num_items <= kFullSoftmaxItems) {
    return line("loss", {"\"softmax\"", "the catalogue is small enough for all items"});
  }
  const std::string topic = "popularity correction", reason = verdicts.words(topic);
  const bool corrected = verdicts.helps(topic);
  return line("loss", {"\"sampled_softmax\"", std::to_string(num_items) + " items"}) +
         line("negatives", {corrected ? "\"mixed\"" : "\"uniform\"", reason}) +
         line("logq", {corrected ? "\"corrected\"" : "\"none\"", reason});
}

}  // namespace

std::string starting_recipe(const std::vector<Advice>& advice, const VariantScore& winner,
                            const LogFacts& facts) {
  const Verdicts verdicts(advice);
  const MatrixSpec& matrix = winner.variant.matrix;
  char figure[32];
  std::snprintf(figure, sizeof(figure), "%.4f", winner.ndcg);
  std::string text = "# Written by kaskad grid; the best matrix was\n#   " + winner.variant.name() +
                     "  (ndcg@10 " + figure + " on validation)\n";
  const Choice model = choose_model(verdicts);
  text += line("model", model);
  text += line("max_history", choose_history(winner.variant.history));
  // Implied by the model; a pooled two-tower has no direction.
  if (model.value == "\"sasrec\"") text += line("causal", {"true", verdicts.words("direction")});
  if (model.value == "\"bert4rec\"") text += line("causal", {"false", verdicts.words("direction")});
  text += loss_lines(verdicts, facts.num_items);
  if (facts.has_content) {
    const bool in_winner = matrix.content > 0 || matrix.kind == MatrixKind::kContent;
    text += line("item_features", choose_features(verdicts, "content", in_winner));
  }
  if (facts.has_clock) {
    text += line("time_features", choose_features(verdicts, "trend", matrix.weighting.age_tau > 0));
  }
  return text;
}

}  // namespace kaskad
