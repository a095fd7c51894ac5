#include "kaskad/eval/bundle_check.h"

#include <algorithm>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

// Users of whom the bundle holds more events than the phase may learn.
size_t users_known_too_well(const Bundle& bundle, const Dataset& dataset, const Phase& phase) {
  size_t count = 0;
  for (size_t row = 0; row < bundle.users.size(); ++row) {
    const auto user = dataset.users().find(bundle.users.name(row));
    if (!user) continue;
    const size_t held = bundle.history(UserId{static_cast<uint32_t>(row)}).size();
    count += held > phase.fit_end[*user];
  }
  return count;
}

}  // namespace

BundleCheck check_bundle(const Bundle& bundle, const Dataset& dataset, const Split& split,
                         const Phase& phase) {
  if (bundle.items.hash() != dataset.items().hash()) {
    throw Error("bundle '" + bundle.directory + "' was made for other items than those of '" +
                dataset.directory() + "': evaluate it on the dataset it was fitted on");
  }
  BundleCheck check;
  const bool same_split = bundle.split_hash == split.hash;
  if (same_split && phase.name == split.test.name) return check;
  if (bundle.dataset_hash != dataset.hash()) {
    check.warnings.push_back("the bundle was fitted on another version of the dataset (hash " +
                             bundle.dataset_hash + ", here " + dataset.hash() + ")");
  }
  if (!same_split) {
    check.warnings.push_back("the bundle was fitted for another split (hash " + bundle.split_hash +
                             ", asked " + split.hash + ")");
  }
  const size_t users = users_known_too_well(bundle, dataset, phase);
  if (users > 0) {
    check.refusal = "the bundle holds events of " + std::to_string(users) +
                    " users that are answers in the phase '" + phase.name + "' of " +
                    split.options.to_string() + ": it may have learned what it is asked";
  } else if (bundle.users.size() == 0) {
    check.warnings.push_back(
        "the bundle holds no histories, so whether it learned the answers cannot be told");
  }
  return check;
}

std::vector<uint32_t> learned_events(const Bundle& bundle, const Dataset& dataset) {
  if (bundle.users.size() == 0) {
    throw Error("bundle '" + bundle.directory +
                "' holds no histories, so how much of the log it has learned cannot be told");
  }
  std::vector<uint32_t> learned(dataset.num_users());
  for (size_t row = 0; row < bundle.users.size(); ++row) {
    const auto user = dataset.users().find(bundle.users.name(row));
    if (!user) continue;
    const size_t held = bundle.history(UserId{static_cast<uint32_t>(row)}).size();
    const size_t all = dataset.history(UserId{*user}).size();
    learned[*user] = static_cast<uint32_t>(std::min(held, all));
  }
  return learned;
}

}  // namespace kaskad
