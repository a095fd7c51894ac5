#include "kaskad/kafka/kafka_client.h"

#include <algorithm>
#include <utility>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

struct FreePartitions {
  void operator()(rd_kafka_topic_partition_list_t* list) const {
    rd_kafka_topic_partition_list_destroy(list);
  }
};
using Partitions = std::unique_ptr<rd_kafka_topic_partition_list_t, FreePartitions>;

void set(rd_kafka_conf_t* settings, const std::string& name, const std::string& value) {
  char why[512];
  if (rd_kafka_conf_set(settings, name.c_str(), value.c_str(), why, sizeof(why)) !=
      RD_KAFKA_CONF_OK) {
    rd_kafka_conf_destroy(settings);
    throw Error("Kafka setting '" + name + "': found '" + value + "': " + why);
  }
}

rd_kafka_conf_t* settings_of(const KafkaOptions& options) {
  rd_kafka_conf_t* settings = rd_kafka_conf_new();
  set(settings, "bootstrap.servers", options.brokers);
  set(settings, "group.id", options.group);
  set(settings, "auto.offset.reset", "earliest");  // a new group misses nothing
  set(settings, "enable.auto.commit", "false");    // we say when
  for (const auto& [name, value] : options.settings) set(settings, name, value);
  return settings;
}

}  // namespace

KafkaClient::KafkaClient(const KafkaOptions& options, std::function<void(const std::string&)> log)
    : log_(std::move(log)) {
  rd_kafka_conf_t* settings = settings_of(options);
  rd_kafka_conf_set_opaque(settings, this);
  rd_kafka_conf_set_error_cb(settings, say_error);
  rd_kafka_conf_set_log_cb(settings, nullptr);  // the library does not print; errors come there
  char why[512];
  client_ = rd_kafka_new(RD_KAFKA_CONSUMER, settings, why, sizeof(why));
  if (!client_) {
    rd_kafka_conf_destroy(settings);
    throw Error(std::string("cannot make a client of Kafka: ") + why);
  }
  rd_kafka_poll_set_consumer(client_);
  const Partitions topics(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(topics.get(), options.topic.c_str(), RD_KAFKA_PARTITION_UA);
  const rd_kafka_resp_err_t code = rd_kafka_subscribe(client_, topics.get());
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  rd_kafka_destroy(client_);
  throw Error("cannot subscribe to Kafka's topic '" + options.topic +
              "': " + rd_kafka_err2str(code));
}

KafkaClient::~KafkaClient() {
  rd_kafka_consumer_close(client_);
  rd_kafka_destroy(client_);
}

void KafkaClient::say_error(rd_kafka_t*, int code, const char* reason, void* self) {
  const char* name = rd_kafka_err2name(static_cast<rd_kafka_resp_err_t>(code));
  static_cast<KafkaClient*>(self)->log_("Kafka: " + std::string(name) + ": " + reason);
}

std::vector<KafkaMessage> KafkaClient::poll(size_t most, std::chrono::milliseconds time) {
  std::vector<KafkaMessage> messages;
  auto wait = static_cast<int>(time.count());
  while (messages.size() < most) {
    KafkaMessage message(rd_kafka_consumer_poll(client_, std::exchange(wait, 0)));
    if (!message) break;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      messages.push_back(std::move(message));
    } else {
      log_(std::string("Kafka: ") + rd_kafka_message_errstr(message.get()));
    }
  }
  return messages;
}

std::string KafkaClient::commit(const std::vector<KafkaMessage>& messages) {
  const Partitions behind(rd_kafka_topic_partition_list_new(8));
  for (const KafkaMessage& message : messages) {
    const char* topic = rd_kafka_topic_name(message->rkt);
    auto* entry = rd_kafka_topic_partition_list_find(behind.get(), topic, message->partition);
    if (!entry) entry = rd_kafka_topic_partition_list_add(behind.get(), topic, message->partition);
    entry->offset = message->offset + 1;
  }
  const rd_kafka_resp_err_t code = rd_kafka_commit(client_, behind.get(), 0);
  return code == RD_KAFKA_RESP_ERR_NO_ERROR ? "" : rd_kafka_err2str(code);
}

int64_t KafkaClient::lag() const {
  rd_kafka_topic_partition_list_t* list = nullptr;
  if (rd_kafka_assignment(client_, &list) != RD_KAFKA_RESP_ERR_NO_ERROR) return 0;
  const Partitions own(list);
  rd_kafka_position(client_, own.get());
  int64_t lag = 0;
  for (int i = 0; i < own->cnt; ++i) {
    const auto& partition = own->elems[i];
    int64_t low = 0, high = 0;
    const auto code =
        rd_kafka_get_watermark_offsets(client_, partition.topic, partition.partition, &low, &high);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR || high < 0) continue;
    // Before the first message has come, a position is none.
    lag += high - std::max(low, std::max<int64_t>(0, partition.offset));
  }
  return lag;
}

}  // namespace kaskad
