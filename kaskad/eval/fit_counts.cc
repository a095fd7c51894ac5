#include "kaskad/eval/fit_counts.h"

namespace kaskad {

FitCounts count_fit(const Dataset& dataset, const Phase& phase) {
  FitCounts counts;
  counts.events.resize(dataset.num_items());
  counts.users.resize(dataset.num_items());
  std::vector<UserId> last_user(dataset.num_items(), kNoUser);
  for (size_t row = 0; row < phase.fit_end.size(); ++row) {
    const UserId user{static_cast<uint32_t>(row)};
    for (const ItemId item : dataset.history(user).first(phase.fit_end[row]).items) {
      ++counts.events[index(item)];
      counts.users[index(item)] += last_user[index(item)] != user;
      last_user[index(item)] = user;
    }
    counts.num_users += phase.fit_end[row] > 0;
  }
  return counts;
}

}  // namespace kaskad
