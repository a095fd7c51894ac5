#include "kaskad/server/peer_feed.h"

#include <chrono>
#include <utility>

#include "kaskad/core/error.h"
#include "kaskad/server/journal_lines.h"

namespace kaskad {
namespace {

constexpr std::chrono::milliseconds kWait{100};

}  // namespace

void hear(PeerNews& news, const Served& served, PageQuality& quality) {
  if (!news.event) {
    read_journal_lines(news.pages, [&](const JournalLine& line) {
      quality.shown_elsewhere({.user_id = line.page.user_id,
                               .request_id = line.page.request_id,
                               .query = line.page.query,
                               .items = line.page.items});
      served.count_pairs(line);
    });
    return;
  }
  LiveEvent& event = *news.event;
  if (event.query.empty()) event.query = quality.query_of(event.user_id, event.request_id);
  quality.acted_elsewhere(event.user_id, event.request_id, event.item_id, event.action);
  served.count_pairs(event);
}

PeerFeed::PeerFeed(const PeerChannel& peers, std::function<void(PeerNews&)> take)
    : peers_(peers), take_(std::move(take)), thread_([this] { loop(); }) {}

PeerFeed::~PeerFeed() {
  stopping_ = true;
  thread_.join();
}

void PeerFeed::loop() {
  PeerPosition position;
  while (!stopping_) {
    try {
      for (PeerNews& news : peers_.read(position, kWait)) {
        take_(news);
        ++heard_;
      }
    } catch (const Error&) {
      ++failures_;
      std::this_thread::sleep_for(kWait);
    }
  }
}

}  // namespace kaskad
