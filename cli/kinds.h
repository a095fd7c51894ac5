// Every kind of model that a bundle may hold, made known to load_bundle() in one place.
#pragma once

namespace kaskad::cli {

// Called once by main().
void register_kinds();

}  // namespace kaskad::cli
