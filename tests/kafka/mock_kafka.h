// A cluster of Kafka inside the process, librdkafka's own, and a producer of messages.
#pragma once

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <string>
#include <string_view>

namespace kaskad {

class MockKafka {
 public:
  MockKafka() {
    rd_kafka_conf_t* settings = rd_kafka_conf_new();
    char why[512];
    rd_kafka_conf_set(settings, "test.mock.num.brokers", "1", why, sizeof(why));
    rd_kafka_conf_set_log_cb(settings, nullptr);
    producer_ = rd_kafka_new(RD_KAFKA_PRODUCER, settings, why, sizeof(why));
    EXPECT_NE(producer_, nullptr) << why;
    cluster_ = rd_kafka_handle_mock_cluster(producer_);
    EXPECT_EQ(rd_kafka_mock_topic_create(cluster_, "events", kPartitions, 1),
              RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  ~MockKafka() { rd_kafka_destroy(producer_); }
  MockKafka(const MockKafka&) = delete;
  MockKafka& operator=(const MockKafka&) = delete;

  std::string brokers() const { return rd_kafka_mock_cluster_bootstraps(cluster_); }

  // Returns when the broker has it.
  void produce(std::string_view payload, int partition = 0) {
    const auto code =
        rd_kafka_producev(producer_, RD_KAFKA_V_TOPIC("events"), RD_KAFKA_V_PARTITION(partition),
                          RD_KAFKA_V_VALUE(const_cast<char*>(payload.data()), payload.size()),
                          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    EXPECT_EQ(code, RD_KAFKA_RESP_ERR_NO_ERROR);
    EXPECT_EQ(rd_kafka_flush(producer_, 30'000), RD_KAFKA_RESP_ERR_NO_ERROR);
  }

  // The next commits of offsets are refused.
  void refuse_commits(size_t count) {
    constexpr int16_t kOffsetCommit = 8;  // of the protocol
    for (size_t i = 0; i < count; ++i) {
      rd_kafka_mock_push_request_errors(cluster_, kOffsetCommit, 1,
                                        RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED);
    }
  }

  static constexpr int kPartitions = 4;

 private:
  rd_kafka_t* producer_;
  rd_kafka_mock_cluster_t* cluster_;
};

}  // namespace kaskad
