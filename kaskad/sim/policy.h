// Who decides what a page shows. The engine of the log is one such policy; so are the yardsticks
// that `kaskad simulate --policy` compares, and a server that is asked over HTTP (remote_policy.h).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kaskad/sim/marketplace.h"
#include "kaskad/sim/records.h"
#include "kaskad/sim/token_match.h"

namespace kaskad::sim {

// What an engine is asked. `moment` is the truth: only the policy `truth` looks into it.
struct PageRequest {
  uint64_t visit = 0;
  uint32_t number = 0;  // page of the visit
  uint32_t user = 0, query = 0;
  int64_t time = 0;
  std::span<const Candidate> candidates;  // not empty; in no order that means anything
  const Moment* moment = nullptr;
};

class RankingPolicy {
 public:
  virtual ~RankingPolicy() = default;

  // Puts at most `size` items into `page`, the first place first. Called from many threads; for
  // one request always the same until learn() is called.
  virtual void rank(const PageRequest& request, size_t size, std::vector<uint32_t>& page) const = 0;

  // What came of the pages since the last call, in the order of the visits. Called between the
  // pages, from one thread.
  virtual void learn(std::span<const PageRecord> pages) { (void)pages; }
};

// Token match, clicks so far and noise, weighed as the options say: an engine as they are before
// anybody trained a model.
class EnginePolicy : public RankingPolicy {
 public:
  EnginePolicy(const Marketplace& market, const EngineOptions& options);

  void rank(const PageRequest& request, size_t size, std::vector<uint32_t>& page) const override;
  void learn(std::span<const PageRecord> pages) override;

 private:
  const Marketplace& market_;
  const EngineOptions options_;
  // (items) sum over clicks of exp((their time - kStart) / fade): what it is at any later moment
  // is one factor for all.
  std::vector<double> clicks_;
};

// By the true chance of a click: no ranker can do better at that.
class TruthPolicy : public RankingPolicy {
 public:
  explicit TruthPolicy(const Marketplace& market) : market_(market) {}
  void rank(const PageRequest& request, size_t size, std::vector<uint32_t>& page) const override;

 private:
  const Marketplace& market_;
};

// "engine" (as the options of the world say), "tokens", "popularity", "random", "truth". Throws
// Error naming them on another name.
std::unique_ptr<RankingPolicy> make_policy(const std::string& name, const Marketplace& market);

// The best `size` of `scored`, ties by item: what every policy ends with. Leaves `scored`
// reordered.
struct Scored {
  double score = 0;
  uint32_t item = 0;
};
void best_of(std::vector<Scored>& scored, size_t size, std::vector<uint32_t>& page);

}  // namespace kaskad::sim
