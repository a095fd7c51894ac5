#include "kaskad/sim/policy.h"

#include <algorithm>
#include <cmath>

#include "kaskad/core/error.h"

namespace kaskad::sim {
namespace {

constexpr double kFade = 7.0 * static_cast<double>(kDay);  // clicks: exp(-age / kFade)

double growth(int64_t time) { return std::exp(static_cast<double>(time - kStart) / kFade); }

}  // namespace

void best_of(std::vector<Scored>& scored, size_t size, std::vector<uint32_t>& page) {
  size = std::min(size, scored.size());
  const auto end = scored.begin() + static_cast<std::ptrdiff_t>(size);
  std::partial_sort(scored.begin(), end, scored.end(), [](const Scored& a, const Scored& b) {
    return a.score != b.score ? a.score > b.score : a.item < b.item;
  });
  page.clear();
  for (size_t i = 0; i < size; ++i) page.push_back(scored[i].item);
}

EnginePolicy::EnginePolicy(const Marketplace& market, const EngineOptions& options)
    : market_(market), options_(options), clicks_(market.catalogue().size()) {}

void EnginePolicy::rank(const PageRequest& request, size_t size,
                        std::vector<uint32_t>& page) const {
  Random random(address(market_.options().seed, Stream::kPage, request.visit, request.number));
  const double now = 1 / growth(request.time);
  std::vector<Scored> scored;
  scored.reserve(request.candidates.size());
  for (const Candidate& one : request.candidates) {
    double score = options_.tokens * one.match + options_.noise * random.uniform();
    if (options_.popularity != 0) {
      score += options_.popularity * std::log1p(static_cast<float>(clicks_[one.item] * now));
    }
    scored.push_back({score, one.item});
  }
  best_of(scored, size, page);
  if (options_.explore <= 0) return;
  // Places given away: to any candidate of those below.
  for (size_t place = 0; place < page.size(); ++place) {
    if (!random.chance(options_.explore)) continue;
    const size_t other = place + random.below(scored.size() - place);
    std::swap(scored[place], scored[other]);
  }
  for (size_t place = 0; place < page.size(); ++place) page[place] = scored[place].item;
}

void EnginePolicy::learn(std::span<const PageRecord> pages) {
  for (const PageRecord& page : pages) {
    for (const ShownItem& shown : page.shown) {
      if (shown.done[kClick] > 0) clicks_[shown.item] += growth(page.time);
    }
  }
}

void TruthPolicy::rank(const PageRequest& request, size_t size, std::vector<uint32_t>& page) const {
  std::vector<Scored> scored;
  scored.reserve(request.candidates.size());
  for (const Candidate& one : request.candidates) {
    scored.push_back({market_.true_relevance(*request.moment, one.item), one.item});
  }
  best_of(scored, size, page);
}

std::unique_ptr<RankingPolicy> make_policy(const std::string& name, const Marketplace& market) {
  const EngineOptions& world = market.options().engine;
  if (name == "engine") return std::make_unique<EnginePolicy>(market, world);
  if (name == "truth") return std::make_unique<TruthPolicy>(market);
  EngineOptions options = world;
  options.tokens = name == "tokens" ? 1 : 0;
  options.popularity = name == "popularity" ? 1 : 0;
  options.noise = name == "random" ? 1 : 1e-6;  // else among equals only
  options.explore = 0;
  if (name != "tokens" && name != "popularity" && name != "random") {
    throw Error("policy '" + name +
                "' is unknown; there are engine, tokens, popularity, random and truth");
  }
  return std::make_unique<EnginePolicy>(market, options);
}

}  // namespace kaskad::sim
