// What a server takes in beside its models: events as they happen, and a journal of what was shown
// and done. Made by `kaskad serve --events`; lives as long as the server, across reloads.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>

#include "kaskad/monitor/page_quality.h"
#include "kaskad/state/event_store.h"
#include "kaskad/state/journal.h"

namespace kaskad {

// Thread-safe.
class LiveState {
 public:
  // `journal` may be null: then nothing is recorded.
  LiveState(std::unique_ptr<EventStore> store, std::unique_ptr<Journal> journal,
            PageQualityOptions quality = {});

  EventStore& store() const { return *store_; }
  // What comes of answers.
  PageQuality& quality() { return quality_; }
  const PageQuality& quality() const { return quality_; }

  // Held shared while events come in and reach the served models, alone while models are exchanged:
  // so that those which come are told of every event once.
  std::shared_mutex& intake() { return intake_; }

  // A record that cannot be written fails nobody's request; it is counted.
  void record(std::string_view lines);
  bool records() const { return journal_ != nullptr; }
  // Records the line of a page, and tells other servers of the store; events are told by append().
  void tell_page(std::string_view line);
  bool tells_pages() const { return records() || store_->peers(); }
  const Journal* journal() const { return journal_.get(); }  // null: none
  uint64_t failed_records() const { return failed_records_; }

  // Of an answer whose client gave none: never one of before, also after a restart.
  std::string next_request_id();

 private:
  const std::unique_ptr<EventStore> store_;
  const std::unique_ptr<Journal> journal_;
  PageQuality quality_;
  std::shared_mutex intake_;
  const uint64_t start_;  // random
  std::atomic<uint64_t> requests_{0}, failed_records_{0};
};

}  // namespace kaskad
