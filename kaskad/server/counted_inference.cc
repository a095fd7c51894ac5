#include "kaskad/server/counted_inference.h"

#include <utility>
#include <variant>

#include "kaskad/core/utc.h"

namespace kaskad {
namespace {

using InferClock = std::chrono::steady_clock;

// Counts when it ends, however it ends.
class InferCount {
 public:
  InferCount(const InferModel& model, Metrics& metrics, InferClock::time_point arrived)
      : model_(model), metrics_(metrics) {
    times_.queue = began_ - arrived;
  }
  ~InferCount() {
    *stage_ += InferClock::now() - stage_began_;
    model_.statistics().add(times_, status_ == 200, began_ms_);
    const std::chrono::duration<double> computed = times_.total() - times_.queue;
    metrics_.inference(model_.name(), status_, computed.count());
  }
  InferCount(const InferCount&) = delete;
  InferCount& operator=(const InferCount&) = delete;

  // What went by until now was the stage before.
  void begin(std::chrono::nanoseconds InferTimes::* stage) {
    const auto now = InferClock::now();
    *stage_ += now - std::exchange(stage_began_, now);
    stage_ = &(times_.*stage);
  }
  void end_with(int status) { status_ = status; }

 private:
  const InferModel& model_;
  Metrics& metrics_;
  const InferClock::time_point began_ = InferClock::now();
  const int64_t began_ms_ = wall_clock();
  InferClock::time_point stage_began_ = began_;
  InferTimes times_;
  std::chrono::nanoseconds* stage_ = &times_.read;
  int status_ = 500;
};

}  // namespace

MaybeRefusal infer_counted(const InferModel& model, const InferTransport& transport,
                           Metrics& metrics) {
  InferCount count(model, metrics, transport.arrived);
  const auto refuse = [&](Refusal refusal) {
    count.end_with(refusal.status);
    return refusal;
  };
  const auto parsed = transport.read();
  if (const auto* bad = std::get_if<BadRequest>(&parsed)) return refuse({400, bad->why});
  const auto& request = std::get<InferRequest>(parsed);
  count.begin(&InferTimes::run);
  const auto inferred = infer(model, request);
  if (const auto* refusal = std::get_if<Refusal>(&inferred)) return refuse(*refusal);
  count.begin(&InferTimes::write);
  transport.write(request, std::get<std::vector<InferredTensor>>(inferred));
  count.end_with(200);
  return std::nullopt;
}

}  // namespace kaskad
