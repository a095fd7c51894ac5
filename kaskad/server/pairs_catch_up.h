// Counters of pairs go on where a process, or a model before, had come to: they are told what this
// server's journal has, and what the servers of the store have told. Used by served_versions.cc.
#pragma once

#include <memory>

#include "kaskad/server/journal_reader.h"
#include "kaskad/server/live_state.h"
#include "kaskad/server/served.h"

namespace kaskad {

// One thread at a time.
class PairsCatchUp {
 public:
  // In place of what they were told. Both arguments outlive this. Throws Error when the journal or
  // the store cannot be read.
  PairsCatchUp(const Served& served, LiveState& live);

  // What has come since the last call; what they were told meanwhile counts once.
  void go_on();

 private:
  const Served& served_;
  PageQuality& quality_;
  std::unique_ptr<JournalReader> journal_;  // null: nothing is recorded, or nobody counts pairs
  const PeerChannel* peers_ = nullptr;      // null: there are none, or nobody counts pairs
  PeerPosition position_;
};

}  // namespace kaskad
