#include "kaskad/cooc/history_weighting.h"

#include <algorithm>

#include "kaskad/cooc/knobs.h"
#include "kaskad/core/day.h"

namespace kaskad {
namespace {

constexpr EnumName<PositionDecay> kPositionNames[] = {{PositionDecay::kUniform, "uniform"},
                                                      {PositionDecay::kGeometric, "geometric"},
                                                      {PositionDecay::kPower, "power"}};
constexpr EnumName<Combine> kCombineNames[] = {
    {Combine::kSum, "sum"}, {Combine::kProduct, "product"}, {Combine::kMax, "max"}};

double position_weight(const HistoryWeighting& weighting, size_t k) {
  const double steps = static_cast<double>(k);
  switch (weighting.position) {
    case PositionDecay::kUniform:
      return 1;
    case PositionDecay::kGeometric:
      return std::pow(weighting.decay, steps);
    case PositionDecay::kPower:
      return std::pow(1 + steps, -weighting.decay);
  }
  return 0;
}

// 0 for an event out of order. In double, because clients may send any two times.
double days_between(int64_t earlier, int64_t later) {
  return std::max(0.0, static_cast<double>(later) - static_cast<double>(earlier)) /
         kMillisecondsADay;
}

}  // namespace

std::string HistoryWeighting::name() const {
  std::string text = "uniform";
  if (position == PositionDecay::kGeometric) text = short_number(decay) + "^k";
  if (position == PositionDecay::kPower) {
    text = decay == 1 ? "1/(1+k)" : "1/(1+k)^" + short_number(decay);
  }
  if (last > 0 && skip + 1 == last) return "event " + std::to_string(last) + " before";
  if (last > 0) text += ", last " + std::to_string(last);
  if (skip > 0) text += ", without the last " + std::to_string(skip);
  if (age_tau > 0) text += ", exp(-age/" + KnobReader::days(age_tau) + "d)";
  if (combine == Combine::kProduct) text += ", product";
  if (combine == Combine::kMax) text += ", max";
  return text;
}

void weigh_history(const HistoryWeighting& weighting, std::span<const ItemId> items,
                   std::span<const int64_t> times, std::vector<WeightedItem>& out) {
  out.clear();
  const size_t n = items.size();
  const size_t used = weighting.last > 0 ? std::min<size_t>(n, weighting.last) : n;
  if (weighting.skip >= used) return;
  const size_t newest = n - 1 - weighting.skip;
  double heaviest = 0;
  for (size_t k = weighting.skip; k < used; ++k) {
    const size_t position = n - 1 - k;
    double weight = position_weight(weighting, k);
    if (weighting.age_tau > 0 && !times.empty()) {
      weight *= std::exp(-days_between(times[position], times[newest]) / weighting.age_tau);
    }
    heaviest = std::max(heaviest, weight);
    if (weight <= heaviest * kNegligible) continue;
    out.push_back({static_cast<uint32_t>(items[position]), static_cast<uint32_t>(position),
                   static_cast<float>(weight)});
  }
}

std::string_view name_of(Combine combine) { return enum_name<Combine>(combine, kCombineNames); }

void to_json(nlohmann::json& json, const HistoryWeighting& h) {
  json = {{"position", enum_name<PositionDecay>(h.position, kPositionNames)},
          {"decay", h.decay},
          {"age_tau", h.age_tau},
          {"last", h.last},
          {"skip", h.skip},
          {"combine", enum_name<Combine>(h.combine, kCombineNames)}};
}

void from_json(const nlohmann::json& json, HistoryWeighting& h) {
  KnobReader reader(json, "history weighting");
  reader.choice<PositionDecay>("position", h.position, kPositionNames);
  // A base above 1 would weigh the oldest events most, without bound.
  reader.number("decay", h.decay, 0, h.position == PositionDecay::kGeometric ? 1 : 10);
  reader.number("age_tau", h.age_tau, 0, 1e6);
  reader.count("last", h.last);
  reader.count("skip", h.skip);
  reader.choice<Combine>("combine", h.combine, kCombineNames);
  reader.finish();
}

}  // namespace kaskad
