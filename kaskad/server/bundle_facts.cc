#include "kaskad/server/bundle_facts.h"

namespace kaskad {

BundleFacts::BundleFacts(prometheus::Registry& registry, const std::string& name,
                         const std::string& what)
    : info_(family(prometheus::BuildGauge(), registry, "kaskad_" + name + "_info",
                   "1 for " + what + " that answers.")),
      ages_(family(prometheus::BuildGauge(), registry, "kaskad_" + name + "_age_seconds",
                   "Since " + what + " was written.")) {}

void BundleFacts::set(const prometheus::Labels& labels, const std::string& created) {
  if (current_) info_.Remove(current_);
  current_ = &info_.Add(labels);
  current_->Set(1);
  created_ = epoch_seconds(created);
  if (!age_) age_ = &ages_.Add({});
}

void BundleFacts::set_age(double now) {
  if (age_ && created_ > 0) age_->Set(now - created_);
}

}  // namespace kaskad
