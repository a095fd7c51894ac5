// kaskad serve: a cascade, or a retriever's bundle, a ranker's or both, behind HTTP and, where
// asked, gRPC until a signal ends it; SIGHUP takes what lies there now. Every flag is an
// environment variable too.
#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <nlohmann/json.hpp>

#include "cli/bundle_note.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/event_store.h"
#include "cli/serve_grpc.h"
#include "cli/serve_kafka.h"
#include "kaskad/cascade/cascade_arms.h"
#include "kaskad/cascade/load_cascade.h"
#include "kaskad/core/error.h"
#include "kaskad/server/server.h"
#include "kaskad/state/redis_store.h"

namespace kaskad::cli {
namespace {

// What measuring scores may add to loading.
constexpr std::chrono::milliseconds kDriftBudget{2000};

struct ServeFlags {
  std::string cascade, bundle, ranker, experiment;
  std::vector<std::string> onnx;          // NAME=FILE
  std::shared_ptr<StageThreads> threads;  // for stages with a time budget, of all reloads
  HttpServerOptions http;
  std::string log = "errors", write_token, journal;
  EventStoreFlags store;
  bool lazy_events = false;
  KafkaFlags kafka;
  std::vector<std::string> useful;                                           // actions
  uint16_t grpc_port = 0;                                                    // 0: none
  double header_time = 10, body_time = 30, idle_time = 60, drain_time = 10;  // seconds
  double max_wait = 0.1;                                                     // seconds
};

std::chrono::milliseconds milliseconds(double seconds) {
  return std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000));
}

// One JSON object a line on standard error.
std::function<void(const RequestRecord&)> request_log(const std::string& level) {
  if (level == "none") return {};
  const int lowest = level == "errors" ? 500 : 0;
  return [lowest, mutex = std::make_shared<std::mutex>()](const RequestRecord& record) {
    if (record.status < lowest) return;
    nlohmann::json line = {{"method", record.method},
                           {"path", record.path},
                           {"query", record.query},
                           {"status", record.status},
                           {"request_bytes", record.request_bytes},
                           {"response_bytes", record.response_bytes},
                           {"seconds", record.seconds}};
    if (!record.error.empty()) line["error"] = record.error;
    const std::string text = line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    std::lock_guard lock(*mutex);
    say(text);
  };
}

// Blocks the signals in all threads that start from here on, so that wait() gets them.
class Signals {
 public:
  Signals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGHUP);
    sigaddset(&set_, SIGINT);
    sigaddset(&set_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  }

  int wait() const {
    int received = 0;
    sigwait(&set_, &received);
    return received;
  }

  // A second signal ends the process at once.
  void unblock() const { pthread_sigmask(SIG_UNBLOCK, &set_, nullptr); }

 private:
  sigset_t set_;
};

std::string describe(const Bundle& bundle) {
  std::string text = bundle.kind + " of " + std::to_string(bundle.items.size()) + " items and " +
                     std::to_string(bundle.users.size()) + " users";
  const std::string note = bundle.retriever->search_note();
  return note.empty() ? text : text + "; " + note;
}

std::string describe(const Cascade& cascade) {
  std::string text = "cascade " + cascade.config().name + ", version " + cascade.version() + ":";
  for (const auto& stage : cascade.retrievers()) {
    text += " " + stage->config().name + " (" + stage->bundle().kind + ")";
  }
  for (const RankStage* stage : {cascade.prerank(), cascade.rank()}) {
    if (stage) text += " -> " + stage->config().name + " (" + stage->bundle().kind + ")";
  }
  return text + "; " + std::to_string(cascade.catalogue().size()) + " items";
}

std::string describe(const CascadeArms& arms) {
  std::string text = "experiment " + arms.config().name + ":";
  for (const ExperimentLayer& layer : arms.config().layers) {
    text += " " + layer.name + " (";
    for (const ExperimentArm& arm : layer.arms) {
      text += (&arm == layer.arms.data() ? "" : ", ") + arm.name;
    }
    text += ")";
  }
  return text;
}

std::string describe(const Bundles& bundles) {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : "; ") + part; };
  if (bundles.cascade) add(describe(*bundles.cascade));
  if (bundles.arms) add(describe(*bundles.arms));
  if (bundles.retriever) add(describe(*bundles.retriever));
  if (bundles.ranker) {
    add("ranker " + bundles.ranker->kind + " of " + std::to_string(bundles.ranker->items.size()) +
        " items");
  }
  for (const OnnxFile& file : bundles.onnx) add("model " + file.name);
  return text;
}

// The first requests, before anybody waits for them; and what the stages' scores look like, from
// requests of stored users, for at most `budget`.
std::shared_ptr<CascadeDrift> warm_up(const Cascade& cascade, std::chrono::milliseconds budget) {
  for (const Trial& trial : try_cascade(cascade)) {
    for (const StageRecord& stage : trial.answer.stages) {
      if (!stage.fault) continue;
      say("warning: a trial request found '" + std::string(stage.name) +
          "' failing: " + stage.fault->why);
    }
  }
  return CascadeDrift::measure(cascade, budget);
}

OnnxFile parse_onnx_file(const std::string& text) {
  const size_t at = text.find('=');
  if (at == std::string::npos || at == 0 || at + 1 == text.size()) {
    throw Error("--onnx: found '" + text + "', expected NAME=FILE.onnx");
  }
  return {text.substr(0, at), text.substr(at + 1)};
}

Bundles load_bundles(const ServeFlags& flags) {
  Bundles bundles;
  for (const std::string& text : flags.onnx) bundles.onnx.push_back(parse_onnx_file(text));
  if (!flags.experiment.empty()) {
    bundles.arms = std::make_shared<const CascadeArms>(
        ExperimentConfig::from_toml(flags.experiment), flags.cascade, flags.threads);
    bundles.cascade = bundles.arms->base();
    const auto& all = bundles.arms->distinct();
    for (const auto& cascade : all) {
      bundles.drifts[cascade.get()] =
          warm_up(*cascade, kDriftBudget / static_cast<int64_t>(all.size()));
    }
  } else if (!flags.cascade.empty()) {
    bundles.cascade = load_cascade(flags.cascade, flags.threads);
    bundles.drifts[bundles.cascade.get()] = warm_up(*bundles.cascade, kDriftBudget);
  }
  if (!flags.bundle.empty()) bundles.retriever = load_bundle(flags.bundle);
  if (!flags.ranker.empty()) bundles.ranker = load_ranker_bundle(flags.ranker);
  return bundles;
}

// Null where no events are taken in.
std::shared_ptr<LiveState> open_events(const ServeFlags& flags) {
  if (flags.store.events.empty()) return nullptr;
  std::unique_ptr<EventStore> store =
      open_event_store(flags.store, !flags.lazy_events, /*peers=*/true);
  const std::string& events = flags.store.events;
  const std::string journal =
      flags.journal.empty() && !is_redis_url(events) ? events + "/journal" : flags.journal;
  const bool records = !journal.empty() && journal != "none";
  return std::make_shared<LiveState>(
      std::move(store), records ? std::make_unique<Journal>(journal) : nullptr,
      PageQualityOptions{.useful = {flags.useful.begin(), flags.useful.end()}});
}

// Bundles that are damaged or half copied do not take over.
void reload(const ServeFlags& flags, Server& server, const std::string& what) {
  std::string read;
  for (const std::string& one : {flags.cascade, flags.bundle, flags.ranker}) {
    if (!one.empty()) read += (read.empty() ? "" : ", ") + one;
  }
  for (const std::string& one : flags.onnx) read += (read.empty() ? "" : ", ") + one;
  say("SIGHUP: reading " + read);
  try {
    server.reload();
    say("serving " + what);
  } catch (const Error& error) {
    say(std::string("error: ") + error.what() + "; the older bundle goes on answering");
  }
}

void run_serve(ServeFlags& flags) {
  flags.http.limits.header_time = milliseconds(flags.header_time);
  flags.http.limits.body_time = milliseconds(flags.body_time);
  flags.http.limits.idle_time = milliseconds(flags.idle_time);
  flags.http.limits.drain_time = milliseconds(flags.drain_time);
  flags.http.limits.waiting_time = milliseconds(flags.max_wait);

  const bool bundles_given = !flags.bundle.empty() || !flags.ranker.empty();
  if (flags.cascade.empty() && !bundles_given && flags.onnx.empty()) {
    throw Error(
        "found neither --bundle, --ranker nor --onnx, expected one or several of them, or a "
        "cascade");
  }
  if (!flags.cascade.empty() && bundles_given) {
    throw Error("found both '" + flags.cascade +
                "' and --bundle or --ranker, expected one of them");
  }
  if (!flags.experiment.empty() && flags.cascade.empty()) {
    throw Error("found --experiment without a cascade, expected the cascade that its arms change");
  }
  // Enough that only stages that hang run out of them.
  flags.threads = std::make_shared<StageThreads>(std::max(256, 4 * flags.http.threads));
  Bundles bundles = load_bundles(flags);
  if (bundles.retriever) note_if_fitted_for_test(*bundles.retriever);
  std::string what = describe(bundles);  // of what was read last
  const Signals signals;
  Server server(std::move(bundles), {.http = flags.http,
                                     .service = {.log = request_log(flags.log),
                                                 .tell = [](const auto& what) { say(what); },
                                                 .load =
                                                     [flags, &what] {
                                                       Bundles next = load_bundles(flags);
                                                       what = describe(next);
                                                       return next;
                                                     },
                                                 .live = open_events(flags),
                                                 .write_token = flags.write_token}});
  server.start();
  const auto grpc = serve_grpc(server, flags.http, flags.grpc_port);
  auto kafka = consume_kafka(server, flags.kafka, !flags.store.events.empty());
  say("serving on " + server.url() + " (" + what + ")");
  int received = signals.wait();
  for (; received == SIGHUP; received = signals.wait()) reload(flags, server, what);
  signals.unblock();
  say((received == SIGINT ? "SIGINT" : "SIGTERM") +
      std::string(": finishing the requests in flight"));
  kafka.reset();
  if (grpc) grpc->stop();
  server.stop();
}

}  // namespace

void add_serve(CLI::App& app) {
  auto flags = std::make_shared<ServeFlags>();
  CLI::App* command = app.add_subcommand("serve", "Answer over HTTP out of a bundle or a cascade");
  command->footer(
      "Examples:\n"
      "  kaskad serve --bundle runs/grid/winner --port 8080\n"
      "  kaskad serve cascade.toml --port 8080\n"
      "  kaskad serve --onnx ranker=model.onnx --max-body 16777216 --grpc-port 8001\n"
      "  curl http://127.0.0.1:8080/v1/recommend -d '{\"user_id\": \"1\", \"k\": 10}'");
  const auto option = [&](const char* name, auto& value, const char* variable, const char* text) {
    return command->add_option(name, value, text)->envname(variable)->capture_default_str();
  };
  HttpLimits& limits = flags->http.limits;
  option("cascade", flags->cascade, "KASKAD_CASCADE", "A cascade.toml, in place of the next two");
  option("--bundle", flags->bundle, "KASKAD_BUNDLE", "Directory of a retriever's bundle");
  option("--ranker", flags->ranker, "KASKAD_RANKER", "Directory of a ranker's, for /v1/rank");
  option("--experiment", flags->experiment, "KASKAD_EXPERIMENT",
         "An experiment.toml: users are split among arms that change the cascade");
  command
      ->add_option("--onnx", flags->onnx,
                   "NAME=FILE: an ONNX file for POST /v2/models/NAME/infer; may be repeated")
      ->envname("KASKAD_ONNX")
      ->allow_extra_args(false)
      ->delimiter(',');
  option("--host", flags->http.host, "KASKAD_HOST", "Address to listen on");
  option("--port", flags->http.port, "KASKAD_PORT", "Port; 0 picks a free one");
  option("--grpc-port", flags->grpc_port, "KASKAD_GRPC_PORT",
         "Port of gRPC on the same address, for kaskad.v1 and Triton's clients; 0: none");
  option("--threads", flags->http.threads, "KASKAD_THREADS",
         "Threads that compute answers; 0: one per CPU")
      ->check(CLI::Range(0, 1024));
  option("--max-connections", limits.connections, "KASKAD_MAX_CONNECTIONS",
         "Further clients get status 503");
  option("--max-waiting", limits.waiting_requests, "KASKAD_MAX_WAITING",
         "Requests that wait for a thread; further ones get status 429");
  option(
      "--max-wait", flags->max_wait, "KASKAD_MAX_WAIT",
      "Seconds that a request may be expected to wait for a thread, else status 429; 0: no limit")
      ->check(CLI::Range(0.0, 3600.0));
  option("--max-rate", limits.rate.per_second, "KASKAD_MAX_RATE",
         "Requests a second of one client, else status 429; 0: no limit")
      ->check(CLI::NonNegativeNumber);
  option("--max-burst", limits.rate.at_once, "KASKAD_MAX_BURST",
         "Of those, how many may come at once")
      ->check(CLI::Range(1.0, 1e9));
  option("--client-header", limits.client_header, "KASKAD_CLIENT_HEADER",
         "Header in which a proxy in front names the client, such as X-Forwarded-For (default: "
         "clients are told apart by address)")
      ->default_str("");
  option("--max-body", limits.body_bytes, "KASKAD_MAX_BODY", "Bytes; larger ones get status 413");
  option("--max-header", limits.header_bytes, "KASKAD_MAX_HEADER",
         "Bytes; larger ones get status 431");
  option("--header-time", flags->header_time, "KASKAD_HEADER_TIME",
         "Seconds for a request's header to arrive")
      ->check(CLI::PositiveNumber);
  option("--body-time", flags->body_time, "KASKAD_BODY_TIME",
         "Seconds for a request's body to arrive")
      ->check(CLI::PositiveNumber);
  option("--idle-time", flags->idle_time, "KASKAD_IDLE_TIME", "Seconds between two requests")
      ->check(CLI::PositiveNumber);
  option("--drain-time", flags->drain_time, "KASKAD_DRAIN_TIME",
         "Seconds for requests in flight when stopping")
      ->check(CLI::NonNegativeNumber);
  option(
      "--events", flags->store.events, "KASKAD_EVENTS",
      "What users do: takes POST /v1/events, and answers know of it. A directory, or for several "
      "servers redis://HOST:PORT");
  option("--events-per-user", flags->store.kept.events_per_user, "KASKAD_EVENTS_PER_USER",
         "The newest events of a user that are kept")
      ->check(CLI::Range(1, 10'000));
  option("--events-days", flags->store.events_days, "KASKAD_EVENTS_DAYS",
         "Events older than this, by the newest of all, are forgotten")
      ->check(CLI::Range(0.001, 100'000.0));
  command
      ->add_flag("--events-lazy", flags->lazy_events,
                 "Answer before the disk has an event: it survives a killed process, not a machine "
                 "without power")
      ->envname("KASKAD_EVENTS_LAZY");
  add_kafka_options(*command, flags->kafka);
  option("--journal", flags->journal, "KASKAD_JOURNAL",
         "Directory of what was shown and done, a file a day; 'none' leaves it out (default: "
         "EVENTS/journal where EVENTS is a directory)")
      ->default_str("");
  command
      ->add_option("--useful", flags->useful,
                   "Actions that make an answer useful, for SIFR in /metrics, as of `kaskad ab` "
                   "(default: any)")
      ->envname("KASKAD_USEFUL")
      ->allow_extra_args(false)
      ->delimiter(',');
  option("--write-token", flags->write_token, "KASKAD_WRITE_TOKEN",
         "Events and deletions need 'Authorization: Bearer' with it; better as the variable than "
         "as the flag, which others on the machine can see")
      ->default_str("");
  option("--log", flags->log, "KASKAD_LOG", "Which requests to log on standard error")
      ->check(CLI::IsMember({"none", "errors", "all"}));
  command->callback([flags] { run_serve(*flags); });
}

}  // namespace kaskad::cli
