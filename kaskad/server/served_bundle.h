// A bundle with what serving adds to it at loading. Immutable: a reload makes a new one, requests
// in flight keep theirs through the shared pointer.
#pragma once

#include <memory>
#include <string>

#include "kaskad/model/bundle.h"
#include "kaskad/server/item_search.h"

namespace kaskad {

struct ServedBundle {
  explicit ServedBundle(Bundle loaded)
      : bundle(std::move(loaded)), version(bundle.hash.substr(0, 12)), search(bundle) {}

  const Bundle bundle;
  const std::string version;  // the beginning of the bundle's hash: enough to tell versions apart
  const ItemSearch search;
};

}  // namespace kaskad
