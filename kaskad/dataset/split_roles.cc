#include "kaskad/dataset/split_roles.h"

namespace kaskad {

SplitRoles::SplitRoles(const Dataset& dataset, const Split& split) : split_(split) {
  const auto add = [&](const Phase& phase) {
    Asked& asked = asked_.emplace_back();
    asked.name = phase.name;
    asked.begin.assign(dataset.num_users(), 0);
    asked.end.assign(dataset.num_users(), 0);
    for (const EvalCase& one : phase.cases) {
      asked.begin[index(one.user)] = one.history_end;
      asked.end[index(one.user)] = one.target_end;
    }
  };
  add(split.test);
  for (const Phase& phase : split.validations) add(phase);
}

std::string_view SplitRoles::role(size_t user, size_t position) const {
  for (const Asked& asked : asked_) {
    if (position >= asked.begin[user] && position < asked.end[user]) return asked.name;
  }
  if (position < split_.test.fit_end[user]) return "train";
  return position < asked_.front().begin[user] ? "shown" : "unused";
}

}  // namespace kaskad
