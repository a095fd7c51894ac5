#include "cli/serve_kafka.h"

#include <utility>

#include "kaskad/core/error.h"
#ifdef KASKAD_KAFKA
#include "cli/console.h"
#include "kaskad/kafka/kafka_events.h"
#endif

namespace kaskad::cli {
namespace {

#ifdef KASKAD_KAFKA

class RunningKafka : public Consuming {
 public:
  RunningKafka(Server& server, const KafkaOptions& options)
      : events_(server, options, [](const std::string& line) { say(line); }) {}

 private:
  KafkaEvents events_;
};

std::pair<std::string, std::string> parse_setting(const std::string& text) {
  const size_t at = text.find('=');
  if (at == std::string::npos || at == 0) {
    throw Error("--kafka-setting: found '" + text + "', expected NAME=VALUE");
  }
  return {text.substr(0, at), text.substr(at + 1)};
}

std::unique_ptr<Consuming> start_kafka(Server& server, const KafkaFlags& flags) {
  KafkaOptions options{.brokers = flags.brokers, .topic = flags.topic, .group = flags.group};
  for (const std::string& text : flags.settings) options.settings.push_back(parse_setting(text));
  auto consuming = std::make_unique<RunningKafka>(server, options);
  say("taking events from Kafka's topic '" + flags.topic + "' on " + flags.brokers);
  return consuming;
}

#else

std::unique_ptr<Consuming> start_kafka(Server&, const KafkaFlags&) {
  throw Error("found --kafka-brokers, expected a kaskad built with -DKASKAD_KAFKA=ON");
}

#endif

}  // namespace

void add_kafka_options(CLI::App& command, KafkaFlags& flags) {
  const auto option = [&](const char* name, std::string& value, const char* variable,
                          const char* text) {
    command.add_option(name, value, text)->envname(variable)->capture_default_str();
  };
  option("--kafka-brokers", flags.brokers, "KASKAD_KAFKA_BROKERS",
         "HOST:PORT, separated by commas: events come from Kafka, too; with --events");
  option("--kafka-topic", flags.topic, "KASKAD_KAFKA_TOPIC",
         "Its messages are lines of JSON, as of POST /v1/events");
  option("--kafka-group", flags.group, "KASKAD_KAFKA_GROUP",
         "Servers of one group share the topic; those with stores of their own need one each");
  command
      .add_option("--kafka-setting", flags.settings,
                  "NAME=VALUE: a setting of librdkafka, as of security; may be repeated")
      ->envname("KASKAD_KAFKA_SETTING")
      ->allow_extra_args(false);
}

std::unique_ptr<Consuming> consume_kafka(Server& server, const KafkaFlags& flags, bool events) {
  if (flags.brokers.empty()) {
    if (flags.topic.empty()) return nullptr;
    throw Error("found --kafka-topic alone, expected --kafka-brokers with it");
  }
  if (flags.topic.empty()) {
    throw Error("found --kafka-brokers alone, expected --kafka-topic with it");
  }
  if (!events) {
    throw Error("found --kafka-brokers without --events, expected a store that takes the events");
  }
  return start_kafka(server, flags);
}

}  // namespace kaskad::cli
