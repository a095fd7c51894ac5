#include "tests/server/test_ranker.h"

#include <atomic>
#include <cmath>
#include <mutex>
#include <stdexcept>

#include "tests/model/battery_log.h"

namespace kaskad {
namespace {

std::mutex asked_mutex;
Asked asked;
std::atomic<bool> throw_next_ranking{false};

template <typename T>
std::vector<T> copy(std::span<const T> values) {
  return {values.begin(), values.end()};
}

class EchoRanker : public Ranker {
 public:
  explicit EchoRanker(size_t num_items) : num_items_(num_items) {}

  std::string kind() const override { return "echo"; }
  size_t num_items() const override { return num_items_; }
  const std::vector<Head>& heads() const override { return heads_; }
  std::vector<std::string> context_names() const override { return {"stars", "price"}; }
  std::vector<std::string> action_names() const override { return {"buy", "look"}; }
  std::optional<CacheFigures> cache() const override { return CacheFigures{7, 3, 1, 2, 4096}; }

  void score_heads(std::span<const RankRequest> requests, std::span<float> out) const override {
    if (throw_next_ranking.exchange(false)) throw std::runtime_error("thrown on purpose");
    for (const RankRequest& request : requests) {
      for (size_t i = 0; i < request.candidates.size(); ++i) {
        const float price = request.context.empty() ? 0 : request.context[2 * i + 1];
        out[2 * i] = request.scores.empty() ? 0 : request.scores[i];
        out[2 * i + 1] = std::isnan(price) ? 0 : price;
      }
      out = out.subspan(2 * request.candidates.size());
      std::lock_guard lock(asked_mutex);
      asked = {request.user,
               copy(request.history.items),
               copy(request.candidates),
               copy(request.history.times),
               request.now,
               copy(request.scores),
               copy(request.context),
               copy(request.ranks),
               copy(request.history.actions),
               std::string(request.query),
               request.live ? request.live->before(ItemId{7}, request.now + 1).size() : 0};
    }
  }

 private:
  size_t num_items_;
  std::vector<Head> heads_ = {{"score", 1}, {"price", 2}};
};

}  // namespace

RankerBundle test_ranker(const std::vector<std::string>& items) {
  const Dataset& dataset = battery_dataset();
  RankerBundle bundle;
  bundle.directory = "ranker";
  bundle.kind = "echo";
  bundle.created = "2026-11-24T03:50:00Z";
  bundle.hash = "fedcba9876543210";
  bundle.time_kind = TimeKind::kClock;
  if (items.empty()) {
    bundle.items = IdMap(dataset.directory(), "items");
  } else {
    const std::string directory = battery_directory("ranker");
    const std::vector<std::string_view> ids(items.begin(), items.end());
    write_id_map(directory, "items", ids);
    bundle.items = IdMap(directory, "items");
  }
  bundle.users = IdMap(dataset.directory(), "users");
  bundle.ranker = std::make_unique<EchoRanker>(bundle.items.size());
  return bundle;
}

Asked last_asked() {
  std::lock_guard lock(asked_mutex);
  return asked;
}

void throw_on_next_ranking() { throw_next_ranking = true; }

}  // namespace kaskad
