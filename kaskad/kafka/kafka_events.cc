#include "kaskad/kafka/kafka_events.h"

#include <condition_variable>
#include <exception>
#include <iterator>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>

#include "kaskad/core/error.h"
#include "kaskad/core/utc.h"
#include "kaskad/kafka/kafka_client.h"
#include "kaskad/server/events_request.h"
#include "kaskad/server/json_writer.h"
#include "kaskad/server/service.h"

namespace kaskad {
namespace {

constexpr std::chrono::milliseconds kPollTime{100};  // how long a stop may wait
constexpr std::chrono::seconds kQuietTime{1};        // between two lines on bad messages

std::string place_of(const rd_kafka_message_t& message) {
  return "topic '" + std::string(rd_kafka_topic_name(message.rkt)) + "', partition " +
         std::to_string(message.partition) + ", offset " + std::to_string(message.offset);
}

// An event without a time happened when its message was written: the same, however often it comes.
int64_t time_of(const rd_kafka_message_t& message) {
  rd_kafka_timestamp_type_t type{};
  const int64_t time = rd_kafka_message_timestamp(&message, &type);
  return type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? wall_clock() : time;
}

Parsed<std::vector<LiveEvent>> read(const rd_kafka_message_t& message) {
  const std::string_view lines(static_cast<const char*>(message.payload), message.len);
  return parse_events(lines, "application/x-ndjson", time_of(message));
}

}  // namespace

class KafkaEvents::Consumer {
 public:
  Consumer(Server& server, const KafkaOptions& options, std::function<void(const std::string&)> log)
      : service_(server.service()),
        options_(options),
        log_(std::move(log)),
        client_(options, log_),
        thread_([this] { work(); }) {}

  ~Consumer() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

 private:
  void work() {
    while (!wait(std::chrono::milliseconds(0))) {
      const std::vector<KafkaMessage> messages = client_.poll(options_.batch, kPollTime);
      service_.metrics().kafka_lag(client_.lag());
      if (messages.empty()) continue;
      if (!store(messages)) return;  // they come again to whoever is next in the group
      const std::string fault = client_.commit(messages);
      if (!fault.empty()) log_("Kafka: cannot commit: " + fault + "; these messages come again");
    }
  }

  // Returns when the events are durable; false where it is time to stop before that.
  bool store(const std::vector<KafkaMessage>& messages) {
    std::vector<LiveEvent> events;
    size_t bad = 0;
    for (const KafkaMessage& message : messages) {
      auto parsed = read(*message);
      if (const auto* fault = std::get_if<BadRequest>(&parsed)) {
        ++bad;
        say_bad(*message, fault->why);
        continue;
      }
      auto& own = std::get<std::vector<LiveEvent>>(parsed);
      std::move(own.begin(), own.end(), std::back_inserter(events));
    }
    while (const auto why = append(events)) {
      log_("Kafka: cannot store events: " + *why + "; they are tried again");
      if (wait(options_.retry_after)) return false;
    }
    service_.metrics().kafka_messages("taken", messages.size() - bad);
    service_.metrics().kafka_messages("bad", bad);
    return true;
  }

  // The same as of POST /v1/events; what went wrong, or nothing.
  std::optional<std::string> append(const std::vector<LiveEvent>& events) {
    if (events.empty()) return std::nullopt;
    std::string answer;  // what became of them is in the metrics
    JsonWriter out(answer);
    try {
      const auto refusal = service_.calls().append_events(events, out);
      return refusal ? std::optional(refusal->why) : std::nullopt;
    } catch (const std::exception& exception) {
      service_.failed();
      return exception.what();
    }
  }

  // A topic of bad messages must not fill the log.
  void say_bad(const rd_kafka_message_t& message, const std::string& why) {
    ++unsaid_;
    const auto now = std::chrono::steady_clock::now();
    if (now < quiet_until_) return;
    log_("Kafka: " + place_of(message) + ": " + why +
         (unsaid_ > 1 ? "; the last of " + std::to_string(unsaid_) + " bad messages" : ""));
    unsaid_ = 0;
    quiet_until_ = now + kQuietTime;
  }

  // True where it is time to stop.
  bool wait(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, time, [this] { return stopping_; });
  }

  Service& service_;
  const KafkaOptions options_;
  const std::function<void(const std::string&)> log_;
  KafkaClient client_;
  size_t unsaid_ = 0;
  std::chrono::steady_clock::time_point quiet_until_{};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;  // the last: it uses all of these
};

KafkaEvents::KafkaEvents(Server& server, const KafkaOptions& options,
                         std::function<void(const std::string&)> log)
    : consumer_(std::make_unique<Consumer>(server, options, std::move(log))) {}

KafkaEvents::~KafkaEvents() = default;

void KafkaEvents::stop() { consumer_.reset(); }

}  // namespace kaskad
