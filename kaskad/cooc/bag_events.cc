#include "kaskad/cooc/bag_events.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "kaskad/core/memory.h"
#include "kaskad/core/parallel.h"

namespace kaskad {
namespace {

size_t length_of(const Sequences& sequences, size_t user) {
  return sequences.user_begin[user + 1] - sequences.user_begin[user];
}

// Users by falling length, among equals the lower first.
std::vector<uint32_t> rank_users(const Sequences& sequences) {
  size_t longest = 0;
  for (size_t u = 0; u < sequences.num_users(); ++u) {
    longest = std::max(longest, length_of(sequences, u));
  }
  std::vector<uint32_t> next(longest + 2, 0);  // [longest - n + 1] counts the users of length n
  for (size_t u = 0; u < sequences.num_users(); ++u) {
    ++next[longest - length_of(sequences, u) + 1];
  }
  for (size_t n = 1; n < next.size(); ++n) next[n] += next[n - 1];
  std::vector<uint32_t> user(sequences.num_users());
  for (size_t u = 0; u < user.size(); ++u) {
    user[next[longest - length_of(sequences, u)]++] = static_cast<uint32_t>(u);
  }
  return user;
}

// Ranks cut into parts of about as many events each: part i is [result[i], result[i + 1]).
std::vector<size_t> cut_ranks(const std::vector<uint32_t>& begin, size_t parts) {
  std::vector<size_t> cuts;
  for (size_t part = 0; part <= parts; ++part) {
    const uint64_t event = uint64_t{begin.back()} * part / parts;
    cuts.push_back(
        static_cast<size_t>(std::lower_bound(begin.begin(), begin.end(), event) - begin.begin()));
  }
  cuts.front() = 0;
  cuts.back() = begin.size() - 1;
  return cuts;
}

// Writes the histories of ranks [first, last) as places and counts these.
void place_histories(const Sequences& sequences, const PopularityOrder& order,
                     std::span<const uint32_t> user, size_t first, size_t last, BagEvents& bags,
                     std::vector<uint32_t>& counts) {
  constexpr size_t kAhead = 8;
  for (size_t r = first; r < last; ++r) {
    const size_t ahead = user[std::min(r + kAhead, last - 1)];
    __builtin_prefetch(sequences.item.data() + sequences.user_begin[ahead]);
    const uint32_t* const items = sequences.item.data() + sequences.user_begin[user[r]];
    uint32_t* const places = bags.place.data() + bags.begin[r];
    const size_t length = bags.history_length(r);
    for (size_t e = 0; e < length; ++e) {
      places[e] = order.place[items[e]];
      ++counts[places[e]];
    }
  }
}

bool holds_a_rank_twice(const BagEvents& bags, int threads) {
  constexpr size_t kPlacesPerTask = 4096;
  const size_t places = bags.place_begin.size() - 1;
  std::atomic<bool> found = false;
  parallel_for((places + kPlacesPerTask - 1) / kPlacesPerTask, threads, [&](size_t task, int) {
    const size_t last = std::min(places, (task + 1) * kPlacesPerTask);
    for (size_t p = task * kPlacesPerTask; p < last && !found; ++p) {
      const auto holders = bags.holders(p);
      if (std::adjacent_find(holders.begin(), holders.end()) != holders.end()) found = true;
    }
  });
  return found;
}

}  // namespace

BagEvents BagEvents::build(const Sequences& sequences, const PopularityOrder& order, int threads) {
  const size_t places = order.item.size();
  const auto parts = static_cast<size_t>(std::max(1, threads));
  const std::vector<uint32_t> user = rank_users(sequences);
  BagEvents bags;
  bags.begin.reserve(user.size() + 1);
  bags.begin.push_back(0);
  for (const uint32_t u : user) {
    bags.begin.push_back(bags.begin.back() + static_cast<uint32_t>(length_of(sequences, u)));
  }
  bags.place_begin.assign(places + 1, 0);
  for (size_t p = 0; p < places; ++p)
    bags.place_begin[p + 1] = bags.place_begin[p] + order.events[p];
  bags.place = huge_vector<uint32_t>(sequences.num_events() + kSlack, threads);
  bags.holder = huge_vector<uint32_t>(sequences.num_events(), threads);

  // A counting sort in parts: each part knows where its own holders of a place go.
  const std::vector<size_t> cuts = cut_ranks(bags.begin, parts);
  std::vector<std::vector<uint32_t>> next(parts);  // (parts, places)
  parallel_for(parts, threads, [&](size_t part, int) {
    next[part].assign(places, 0);
    place_histories(sequences, order, user, cuts[part], cuts[part + 1], bags, next[part]);
  });
  for (size_t p = 0; p < places; ++p) {
    uint32_t at = bags.place_begin[p];
    for (std::vector<uint32_t>& counts : next) at += std::exchange(counts[p], at);
  }

  parallel_for(parts, threads, [&](size_t part, int) {
    for (size_t r = cuts[part]; r < cuts[part + 1]; ++r) {
      for (size_t e = bags.begin[r]; e < bags.begin[r + 1]; ++e) {
        __builtin_prefetch(bags.holder.data() + next[part][bags.place[e + kSlack]], 1);
        bags.holder[next[part][bags.place[e]]++] = static_cast<uint32_t>(r);
      }
    }
  });
  bags.has_repeats = holds_a_rank_twice(bags, threads);
  return bags;
}

}  // namespace kaskad
