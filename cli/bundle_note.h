// What whoever puts a bundle to use should know of it.
#pragma once

#include "kaskad/model/bundle.h"

namespace kaskad::cli {

// Says on standard error when the bundle was fitted for a test, and so has not learned the newest
// events of its log.
void note_if_fitted_for_test(const Bundle& bundle);

}  // namespace kaskad::cli
