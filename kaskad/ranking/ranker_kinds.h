// Every kind of ranker, made known to load_ranker_bundle() in one place.
#pragma once

namespace kaskad {

// Called once by whoever loads bundles of any kind.
void register_ranker_kinds();

}  // namespace kaskad
