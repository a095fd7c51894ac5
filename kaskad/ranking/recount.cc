#include "kaskad/ranking/recount.h"

#include <filesystem>

#include "kaskad/core/error.h"
#include "kaskad/counters/counter_store.h"

namespace kaskad {
namespace {

constexpr const char* kCounters = "counters";  // the folder in a bundle

std::string list_of(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

void check(const RankerBundle& bundle, const CounterStore& known, const CounterStore& newer) {
  const std::string place = "counters '" + newer.directory() + "': ";
  const std::string those = "those that ranker '" + bundle.directory + "' learned with: ";
  if (newer.spec() != known.spec()) {
    throw Error(place + "found " + newer.spec().to_json() + ", expected " + those +
                known.spec().to_json());
  }
  if (newer.heads() != known.heads()) {
    throw Error(place + "found the actions " + list_of(newer.heads()) + ", expected " + those +
                list_of(known.heads()));
  }
  if (newer.items().hash() != known.items().hash()) {
    throw Error(place + "found other items, expected " + those +
                std::to_string(known.items().size()) + " items; train it anew for others");
  }
  if (newer.users().hash() != known.users().hash()) {
    throw Error(place + "found other users, expected " + those +
                std::to_string(known.users().size()) + " users; train it anew for others");
  }
}

}  // namespace

Recounted recount(const RankerBundle& bundle, const std::string& store,
                  const std::string& directory) {
  const std::string own = bundle.directory + "/" + kCounters;
  if (!std::filesystem::exists(own)) {
    throw Error("ranker '" + bundle.directory + "' is of the kind " + bundle.kind +
                " and keeps no counters of pairs, expected one that does");
  }
  const CounterStore known = CounterStore::open(own), newer = CounterStore::open(store);
  check(bundle, known, newer);
  write_with_folder(directory, bundle, kCounters, store);
  return {known.counted_until(), newer.counted_until()};
}

}  // namespace kaskad
