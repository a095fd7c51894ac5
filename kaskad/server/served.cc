#include "kaskad/server/served.h"

#include <algorithm>
#include <limits>
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

}  // namespace

ServedRanker::ServedRanker(std::shared_ptr<const RankerBundle> loaded,
                           const ServedBundle* retriever)
    : owner(std::move(loaded)),
      bundle(*owner),
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

namespace {

void add_once(std::vector<std::shared_ptr<const RankerBundle>>& all,
              const std::shared_ptr<const RankerBundle>& bundle) {
  if (std::ranges::find(all, bundle) == all.end()) all.push_back(bundle);
}

void count_item(const RankerBundle& bundle, const LiveEvent& event) {
  const auto item = bundle.items.find(event.item_id);
  if (item) bundle.live->add(ItemId{*item}, event.time);
}

// Graphs of a cascade are called by their stages.
void add_graphs(const Cascade& cascade, InferModels& models) {
  cascade.for_each_stage([&](const auto& stage) {
    const auto& bundle = stage.bundle();
    models.add_bundle(stage.config().name, bundle.directory, bundle.hash.substr(0, 12));
  });
}

}  // namespace

void Served::add_counting(const std::shared_ptr<const RankerBundle>& bundle) {
  if (bundle->live) add_once(counting_, bundle);
  if (bundle->ranker->live_pages()) add_once(counting_pairs_, bundle);
}

void Served::count_items(const LiveEvent& event) const {
  for (const auto& bundle : counting_) count_item(*bundle, event);
}

void Served::count_pairs(const LiveEvent& event) const {
  const std::string_view item = event.item_id;
  count_pairs({.page = {event.user_id, event.request_id, event.query, {&item, 1}, event.time},
               .action = event.action});
}

void Served::count_pairs(const JournalLine& line) const {
  for (const auto& bundle : counting_pairs_) {
    LivePages& pages = *bundle->ranker->live_pages();
    line.shown ? pages.shown(line.page) : pages.acted(line.page, line.action);
  }
}

std::string Served::version() const {
  if (cascade) return cascade->version();
  std::string version = retriever ? retriever->version : "";
  if (ranker) version += (version.empty() ? "" : "+") + ranker->version;
  return version.empty() ? infer.version() : version;
}

uint64_t Served::catch_up(const EventStore& events) const {
  if (counting_.empty()) return 0;
  for (const auto& bundle : counting_) bundle->live->clear();
  int64_t from = std::numeric_limits<int64_t>::max();
  for (const auto& bundle : counting_) from = std::min(from, bundle->live->counted_until());
  return events.scan(from, [this](const LiveEvent& event) { count_items(event); });
}

std::optional<int64_t> Served::forget_pairs() const {
  std::optional<int64_t> until;
  for (const auto& bundle : counting_pairs_) {
    LivePages& pages = *bundle->ranker->live_pages();
    pages.clear();
    until = std::min(until.value_or(pages.counted_until()), pages.counted_until());
  }
  return until;
}

std::vector<std::shared_ptr<const Cascade>> Served::cascades() const {
  if (!cascade) return {};
  return arms ? arms->distinct() : std::vector{cascade};
}

CascadeDrift& Served::drift_of(const Cascade& one) const { return *drifts_.at(&one); }

Served::Served(Bundles bundles)
    : cascade(std::move(bundles.cascade)), arms(std::move(bundles.arms)) {
  KASKAD_ASSERT(!arms || cascade == arms->base());
  for (const OnnxFile& file : bundles.onnx) infer.add_file(file);
  if (cascade) {
    add_graphs(*cascade, infer);
    KASKAD_ASSERT(!bundles.retriever && !bundles.ranker);
    const RetrieveStage* histories = cascade->histories();
    retriever.emplace((histories ? *histories : *cascade->retrievers().front()).shared_bundle());
    if (cascade->rank()) ranker.emplace(cascade->rank()->shared_bundle(), &*retriever);
    drifts_ = std::move(bundles.drifts);
    for (const auto& one : cascades()) {
      auto& drift = drifts_[one.get()];
      if (!drift) drift = std::make_shared<CascadeDrift>(*one);
      for (const auto& bundle : one->rankers()) add_counting(bundle);
    }
    return;
  }
  KASKAD_ASSERT(bundles.retriever || bundles.ranker || !bundles.onnx.empty());
  if (bundles.retriever) {
    retriever.emplace(std::make_shared<const Bundle>(*std::move(bundles.retriever)));
  }
  if (bundles.ranker) {
    ranker.emplace(std::make_shared<const RankerBundle>(*std::move(bundles.ranker)),
                   retriever ? &*retriever : nullptr);
    add_counting(ranker->owner);
  }
  if (retriever) infer.add_bundle("retriever", retriever->bundle.directory, retriever->version);
  if (ranker) infer.add_bundle("ranker", ranker->bundle.directory, ranker->version);
}

}  // namespace kaskad
