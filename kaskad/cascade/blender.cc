#include "kaskad/cascade/blender.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <unordered_map>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

// Errors of `make` begin with the place in the file.
template <typename Make>
auto at_place(const ConfigPlace& place, Make make) {
  try {
    return make();
  } catch (const Error& error) {
    throw Error(place.text + ": " + error.what());
  }
}

constexpr size_t kNone = std::numeric_limits<size_t>::max();

}  // namespace

// The answer while it grows.
class Blender::Places {
 public:
  Places(const Blender& blender, const Question& question, std::span<const ListedItem> list)
      : blender_(blender),
        question_(question),
        list_(list),
        state_(list.size(), kFree),
        likeness_(blender.likeness_ ? list.size() : 0, 0),
        counts_(blender.caps_.size()),
        random_(seed_of(blender.config_.explore_seed, question)) {}

  std::vector<AnsweredItem> fill(const ItemGate::Pass& gate) {
    const std::vector<Pin> pins = usable(gate);
    const size_t k = question_.request.k;
    auto pin = pins.begin();
    while (answer_.size() < k) {
      const size_t position = answer_.size() + 1;
      if (pin != pins.end() && pin->position <= position) {
        place_pinned((pin++)->item);
      } else if (!place_next(position)) {
        // Nothing is left to stand above the pinned items that remain.
        if (pin == pins.end()) break;
        place_pinned((pin++)->item);
      }
    }
    return std::move(answer_);
  }

  // Why the others of the list are not among them.
  void explain(size_t answered, Trace& trace) const {
    for (size_t i = 0; i < list_.size(); ++i) {
      if (state_[i] == kTaken) continue;
      const Cap* cap = full_cap(list_[i].item);
      trace.drop(list_[i].item, kName,
                 cap ? "cap: " + cap->text
                     : "place " + std::to_string(i + 1) + " of " + std::to_string(list_.size()) +
                           ", the answer has " + std::to_string(answered));
    }
  }

 private:
  enum State : uint8_t { kFree, kTaken };

  // Pinned items that may be shown and have a place in the answer; the list gives them up.
  std::vector<Pin> usable(const ItemGate::Pass& gate) {
    std::vector<Pin> pins;
    for (const Pin& pin : blender_.pins_) {
      if (pin.position > question_.request.k || !gate.allows(pin.item)) continue;
      pins.push_back(pin);
      if (const size_t at = find(pin.item); at != kNone) state_[at] = kTaken;
    }
    return pins;
  }

  size_t find(ItemId item) const {
    for (size_t i = 0; i < list_.size(); ++i) {
      if (list_[i].item == item) return i;
    }
    return kNone;
  }

  void place_pinned(ItemId item) {
    const size_t at = find(item);
    const ListedItem candidate = at == kNone ? ListedItem{item, 0, kNoRow} : list_[at];
    place(candidate, Placed::kPinned);
  }

  bool place_next(size_t position) {
    const auto owed = [&](double share, size_t placed) {
      return std::floor(share * static_cast<double>(position) + 1e-9) > static_cast<double>(placed);
    };
    size_t at = kNone;
    Placed placed = Placed::kRanked;
    if (owed(blender_.config_.fresh_share, fresh_)) {
      at = best(true);
      placed = Placed::kFresh;
    }
    if (at == kNone && owed(blender_.config_.explore_share, explored_)) {
      at = draw();
      placed = Placed::kExplored;
    }
    if (at == kNone) {
      at = best(false);
      placed = Placed::kRanked;
    }
    if (at == kNone) return false;
    state_[at] = kTaken;
    place(list_[at], placed);
    return true;
  }

  bool is_free(size_t i) const { return state_[i] == kFree && !full_cap(list_[i].item); }

  // Place in the list, kNone where none may stand there.
  size_t best(bool fresh_only) const {
    const double lambda = blender_.config_.mmr_lambda;
    size_t found = kNone;
    double best_value = 0;
    for (size_t i = 0; i < list_.size(); ++i) {
      if (!is_free(i)) continue;
      if (fresh_only && !blender_.is_fresh(list_[i].item, question_.now)) continue;
      if (!blender_.likeness_) return i;
      const double value = lambda * relevance(i) - (1 - lambda) * likeness_[i];
      if (found != kNone && value <= best_value) continue;
      found = i;
      best_value = value;
    }
    return found;
  }

  double relevance(size_t i) const {
    const double first = list_.front().score, last = list_.back().score;
    return first > last ? (list_[i].score - last) / (first - last) : 1;
  }

  // One of those below the answer as it would be without drawing.
  size_t draw() {
    std::vector<size_t> below;
    for (size_t i = question_.request.k; i < list_.size(); ++i) {
      if (is_free(i)) below.push_back(i);
    }
    return below.empty() ? kNone : below[random_() % below.size()];
  }

  void place(const ListedItem& candidate, Placed placed) {
    answer_.push_back({candidate.item, candidate.score, placed, candidate.row});
    explored_ += placed == Placed::kExplored;
    if (blender_.appeared_) fresh_ += blender_.is_fresh(candidate.item, question_.now);
    for (size_t c = 0; c < counts_.size(); ++c) count(blender_.caps_[c], counts_[c], candidate);
    for (size_t i = 0; i < likeness_.size(); ++i) {
      if (state_[i] != kFree) continue;
      likeness_[i] = std::max(likeness_[i], (*blender_.likeness_)(candidate.item, list_[i].item));
    }
  }

  using Counts = std::unordered_map<uint32_t, size_t>;  // by code; of a rule all at 0

  void count(const Cap& cap, Counts& counts, const ListedItem& candidate) {
    if (!cap.feature) {
      counts[0] += cap.holds[index(candidate.item)];
      return;
    }
    for (const uint32_t code : blender_.facts_.codes(*cap.feature, candidate.item)) ++counts[code];
  }

  // A cap that leaves no room for the item, or null.
  const Cap* full_cap(ItemId item) const {
    for (size_t c = 0; c < counts_.size(); ++c) {
      const Cap& cap = blender_.caps_[c];
      const auto full = [&](uint32_t code) {
        const auto found = counts_[c].find(code);
        return (found == counts_[c].end() ? 0 : found->second) >= cap.at_most;
      };
      if (!cap.feature) {
        if (cap.holds[index(item)] && full(0)) return &cap;
        continue;
      }
      for (const uint32_t code : blender_.facts_.codes(*cap.feature, item)) {
        if (full(code)) return &cap;
      }
    }
    return nullptr;
  }

  const Blender& blender_;
  const Question& question_;
  const std::span<const ListedItem> list_;
  std::vector<State> state_;     // (list)
  std::vector<float> likeness_;  // (list) the largest to an item above; empty without MMR
  std::vector<Counts> counts_;   // (caps)
  std::mt19937_64 random_;
  size_t fresh_ = 0, explored_ = 0;
  std::vector<AnsweredItem> answer_;
};

Blender::Blender(const BlendConfig& config, const CascadeCatalogue& catalogue,
                 const ItemFacts& facts, TimeKind time_kind)
    : config_(config), facts_(facts) {
  if (!config.mmr_feature.empty()) {
    likeness_ = at_place(config.mmr_place, [&] {
      return std::make_unique<const Likeness>(facts, config.mmr_feature);
    });
  }
  for (const CapConfig& cap : config.caps) {
    at_place(cap.place, [&] {
      Cap made{.at_most = cap.at_most, .text = {}, .feature = nullptr, .holds = {}};
      if (cap.when) {
        made.holds = facts.evaluate(*cap.when);
      } else {
        made.feature = facts.categorical(cap.feature);
        if (!made.feature && !facts.dense(cap.feature)) facts.unknown_feature(cap.feature);
        if (!made.feature) {
          throw Error("found '" + cap.feature + "', numbers, expected a feature of categories");
        }
      }
      made.text =
          (cap.when ? cap.when->text() : cap.feature) + " at most " + std::to_string(cap.at_most);
      caps_.push_back(std::move(made));
    });
  }
  if (!config.fresh_feature.empty()) {
    at_place(config.fresh_place, [&] {
      appeared_ = facts.dense(config.fresh_feature);
      if (!appeared_ && !facts.categorical(config.fresh_feature)) {
        facts.unknown_feature(config.fresh_feature);
      }
      if (!appeared_ || appeared_->dimension != 1) {
        throw Error("found '" + config.fresh_feature +
                    "', expected a feature of one number: when the item appeared, in seconds");
      }
      if (time_kind != TimeKind::kClock) {
        throw Error("found models of a log without a clock, expected times to count days by");
      }
    });
  }
  for (const PinnedItem& pinned : config.pinned) {
    const auto item = catalogue.find(pinned.item);
    if (!item) {
      throw Error(config.pinned_place.text + ": found '" + pinned.item +
                  "', expected an item that a retriever knows");
    }
    pins_.push_back({*item, pinned.position});
  }
  std::ranges::sort(pins_, {}, &Pin::position);
}

bool Blender::is_fresh(ItemId item, int64_t now) const {
  if (!appeared_) return false;
  const auto value = facts_.values(*appeared_, item);
  if (value.empty()) return false;
  const double age = static_cast<double>(now) / 1000 - static_cast<double>(value[0]);
  return age <= config_.fresh_days * 86'400;  // false for NaN
}

// FNV-1a over what tells requests apart.
uint64_t Blender::seed_of(uint64_t seed, const Question& question) {
  uint64_t hash = 14695981039346656037ULL;
  const auto add = [&](uint64_t value) { hash = (hash ^ value) * 1099511628211ULL; };
  add(seed);
  add(static_cast<uint64_t>(question.now));
  for (const char c : question.request.user_id.value_or("")) add(static_cast<unsigned char>(c));
  for (const ItemId item : question.history.items) add(index(item));
  for (const char c : question.request.query) add(static_cast<unsigned char>(c));
  return hash;
}

std::vector<AnsweredItem> Blender::blend(const Question& question, std::span<const ListedItem> list,
                                         const ItemGate::Pass& gate, Trace* trace) const {
  Places places(*this, question, list);
  std::vector<AnsweredItem> answer = places.fill(gate);
  if (trace) {
    TracedStage& stage = trace->stages.emplace_back();
    stage.name = kName;
    for (const AnsweredItem& one : answer) stage.out.push_back({one.item, one.score, {}});
    places.explain(answer.size(), *trace);
  }
  return answer;
}

}  // namespace kaskad
