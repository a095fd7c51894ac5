#include "kaskad/server/served.h"

#include <utility>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

const char* name_of(TimeKind kind) {
  return kind == TimeKind::kClock ? "a clock" : "order numbers";
}

std::vector<ItemId> translate(const IdMap& from, const IdMap& to) {
  if (from.hash() == to.hash()) return {};
  std::vector<ItemId> ids(from.size(), kNoItem);
  for (size_t item = 0; item < ids.size(); ++item) {
    if (const auto found = to.find(from.name(item))) ids[item] = ItemId{*found};
  }
  return ids;
}

ActionCodes codes_of(const std::vector<std::string>& names) {
  ActionCodes codes;
  for (const std::string& name : names) {
    codes.emplace(name, static_cast<uint8_t>(codes.size()));
  }
  return codes;
}

}  // namespace

ServedRanker::ServedRanker(RankerBundle loaded, const ServedBundle* retriever)
    : bundle(std::move(loaded)),
      version(bundle.hash.substr(0, 12)),
      context_names(bundle.ranker->context_names()),
      action_codes(codes_of(bundle.ranker->action_names())),
      own_items(retriever ? translate(retriever->bundle.items, bundle.items)
                          : std::vector<ItemId>()) {
  if (!retriever || retriever->bundle.time_kind == bundle.time_kind) return;
  throw Error("the ranker '" + bundle.directory + "' was made from a log with " +
              name_of(bundle.time_kind) + ", the retriever '" + retriever->bundle.directory +
              "' from one with " + name_of(retriever->bundle.time_kind));
}

Served::Served(Bundles bundles) {
  KASKAD_ASSERT(bundles.retriever || bundles.ranker);
  if (bundles.retriever) retriever.emplace(*std::move(bundles.retriever));
  if (bundles.ranker) {
    ranker.emplace(*std::move(bundles.ranker), retriever ? &*retriever : nullptr);
  }
}

}  // namespace kaskad
