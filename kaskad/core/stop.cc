#include "kaskad/core/stop.h"

namespace kaskad {
namespace {

thread_local const StopFlag* current = nullptr;

}  // namespace

StopScope::StopScope(const StopFlag* flag) : outer_(current) { current = flag; }

StopScope::~StopScope() { current = outer_; }

const StopFlag* current_stop() { return current; }

}  // namespace kaskad
