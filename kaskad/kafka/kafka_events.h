// Events out of a topic of Kafka, on the path of POST /v1/events: the lines of a message are
// checked and stored as those of a body are. Offsets are committed when the store has acknowledged,
// so that nothing is lost; what comes twice the store takes once. Called by `kaskad serve
// --kafka-brokers`, in builds with -DKASKAD_KAFKA=ON.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kaskad/server/server.h"

namespace kaskad {

struct KafkaOptions {
  std::string brokers;  // HOST:PORT, separated by commas
  std::string topic, group;
  // Further settings of librdkafka, as of security; they win.
  std::vector<std::pair<std::string, std::string>> settings = {};
  size_t batch = 1000;  // messages that share one write
  // Until a store that cannot be written is tried again.
  std::chrono::milliseconds retry_after{1000};
};

// A thread of its own reads, stores and commits, one batch after the other.
class KafkaEvents {
 public:
  // `server` takes events and outlives it; `log` is given a line on what goes wrong, from that
  // thread. Throws Error when librdkafka refuses a setting. Brokers that cannot be reached are no
  // error: they are waited for.
  KafkaEvents(Server& server, const KafkaOptions& options,
              std::function<void(const std::string&)> log);
  ~KafkaEvents();  // stops

  // What has been stored is committed, and the group is left. Further calls do nothing.
  void stop();

 private:
  class Consumer;
  std::unique_ptr<Consumer> consumer_;
};

}  // namespace kaskad
