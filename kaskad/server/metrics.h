// What /metrics shows (Prometheus text format). All functions are thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/server/arm_guard.h"
#include "kaskad/server/live_state.h"
#include "kaskad/server/served.h"

namespace kaskad {

class PeerFeed;

class Metrics {
 public:
  Metrics();
  ~Metrics();

  // `path` is the pattern of a route, or "none".
  void request(std::string_view method, std::string_view path, int status, double seconds);
  // A client that was disconnected before it became a request.
  void refusal(int status);
  void in_flight(int change);
  void connections(size_t open);
  void ready(bool ready);  // whether requests are taken; true at first
  // Ids of requests that a model was asked for: "user", "item" or "candidate"; the unknown ones
  // count in both.
  void looked_up_ids(std::string_view kind, size_t count);
  // "item", "user", "candidate" or "action"
  void unknown_ids(std::string_view kind, size_t count);
  void candidates(size_t count);                         // of a list that was put in order
  void stages(const std::vector<StageRecord>& records);  // of a cascade's answer
  void inference(std::string_view model, int status, double seconds);  // of a served model
  // Items of an answer, and how popular they are; see kaskad/monitor/shown_items.h.
  void shown(std::span<const std::string_view> items, std::span<const double> places);
  void internal_error();
  // "stored", "duplicates", ...: what became of events that came in
  void events(std::string_view outcome, size_t count);
  void event_store_failed();
  // Of a consumer of Kafka: messages "taken" or "bad", and those that it has not read yet.
  void kafka_messages(std::string_view outcome, size_t count);
  void kafka_lag(int64_t messages);
  void experiment_answer(std::string_view experiment,
                         const std::vector<std::pair<std::string, std::string>>& arms);
  void served(const Served& served);
  void failed_reload();

  // `served`: of the moment, for the ranker's cache and the cascade's breakers. `live` may be null,
  // and so may `peers`: no others share the store.
  std::string text(const Served& served, const LiveState* live, const PeerFeed* peers,
                   const ArmGuard& guard) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kaskad
