// librdkafka's consumer behind values that free themselves. Private to the folder.
#pragma once

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kaskad/kafka/kafka_events.h"

namespace kaskad {

struct FreeKafkaMessage {
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
};
using KafkaMessage = std::unique_ptr<rd_kafka_message_t, FreeKafkaMessage>;

// Used by one thread at a time.
class KafkaClient {
 public:
  // Subscribes. Throws Error when a setting is refused.
  KafkaClient(const KafkaOptions& options, std::function<void(const std::string&)> log);
  ~KafkaClient();  // leaves the group
  KafkaClient(const KafkaClient&) = delete;
  KafkaClient& operator=(const KafkaClient&) = delete;

  // Messages that are there, at most `most`; waits for the first for at most `time`.
  std::vector<KafkaMessage> poll(size_t most, std::chrono::milliseconds time);

  // The group goes on behind these, in the order that poll() gave them. What is wrong, or empty.
  std::string commit(const std::vector<KafkaMessage>& messages);

  // Messages of the client's partitions that have not been polled yet, as far as is known.
  int64_t lag() const;

 private:
  static void say_error(rd_kafka_t* client, int code, const char* reason, void* self);

  const std::function<void(const std::string&)> log_;
  rd_kafka_t* client_ = nullptr;
};

}  // namespace kaskad
