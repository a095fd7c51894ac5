// Events out of Kafka, in builds that take them (-DKASKAD_KAFKA=ON). Called by serve.cc.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "kaskad/server/server.h"

namespace kaskad::cli {

struct KafkaFlags {
  std::string brokers, topic, group = "kaskad";
  std::vector<std::string> settings;  // NAME=VALUE
};

void add_kafka_options(CLI::App& command, KafkaFlags& flags);

// Reads until it is destroyed, which comes before the server stops.
class Consuming {
 public:
  virtual ~Consuming() = default;
};

// Null where no brokers are given. Throws Error when the flags do not go together, or the build
// knows no Kafka.
std::unique_ptr<Consuming> consume_kafka(Server& server, const KafkaFlags& flags, bool events);

}  // namespace kaskad::cli
