#include "kaskad/server/pairs_catch_up.h"

#include "kaskad/server/peer_feed.h"

namespace kaskad {

PairsCatchUp::PairsCatchUp(const Served& served, LiveState& live)
    : served_(served), quality_(live.quality()) {
  const auto until = served.forget_pairs();
  if (!until) return;
  if (const Journal* journal = live.journal()) {
    journal_ = std::make_unique<JournalReader>(journal->directory(), *until);
  }
  peers_ = live.store().peers();
  go_on();
}

void PairsCatchUp::go_on() {
  if (journal_) {
    journal_->read_on([this](const JournalLine& line) { served_.count_pairs(line); });
  }
  if (!peers_) return;
  PeerPosition before;
  do {
    before = position_;
    for (PeerNews& news : peers_->read(position_, {}, PeerChannel::Of::kAll)) {
      hear(news, served_, quality_);
    }
  } while (position_ != before);
}

}  // namespace kaskad
