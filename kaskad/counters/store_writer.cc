#include "kaskad/counters/store_writer.h"

#include <algorithm>

#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/core/parallel.h"
#include "kaskad/counters/count_cells.h"
#include "kaskad/counters/counter_store.h"
#include "kaskad/counters/merged_fields.h"
#include "kaskad/counters/point_in_time.h"
#include "kaskad/counters/segment_sketch.h"
#include "kaskad/counters/segment_table.h"
#include "kaskad/counters/store_manifest.h"

namespace kaskad {
namespace {

std::string numbered(const char* kind, size_t number) {
  return std::string(kind) + "_" + std::to_string(number);
}

// One store on its way to disk.
class Writing {
 public:
  Writing(const std::string& directory, const CounterSpec& spec, const CountOptions& options,
          const Progress& progress)
      : spec_(spec),
        threads_(options.threads > 0 ? options.threads : default_threads()),
        progress_(progress),
        staged_(directory) {
    manifest_.spec = spec;
  }

  void facts(const std::vector<std::string>& heads, TimeKind time_kind,
             const std::string& dataset_hash) {
    manifest_.heads = heads;
    manifest_.time_kind = time_kind;
    manifest_.dataset_hash = dataset_hash;
  }
  void facts(const ListOrder& lists) {
    facts(lists.heads(), lists.time_kind(), lists.parts().front()->facts().dataset_hash);
  }

  // Of the lists in `range`, and of what `older(segment)` gives, if it is there.
  template <typename Older>
  void segments(const ListOrder& lists, const CounterFields& fields, const CountRange& range,
                int64_t counted_until, const Older& older) {
    figures_.lists = range.end - range.begin;
    for (size_t l = range.begin; l < range.end; ++l) figures_.candidates += lists.list(l).size();
    const bool exact = spec_.sketch_epsilon == 0;
    const auto count = [&](size_t s) {
      const CounterSegment& segment = fields.segments[s];
      if (!exact) {
        write_segment_sketch(lists, range, fields, segment, spec_,
                             staged_.file(numbered("sketch", s) + ".npy"));
      }
      return older(s, count_cells(lists, range, fields, segment, spec_, threads_, exact));
    };
    segments(fields.segments, range.as_of, counted_until, exact, count);
  }

  // Of cells that `cells_of(segment)` gives; kept apart by day for updates, if they are exact.
  template <typename CellsOf>
  void segments(const std::vector<CounterSegment>& segments, int64_t as_of, int64_t counted_until,
                bool exact, const CellsOf& cells_of) {
    manifest_.as_of = figures_.as_of = as_of;
    manifest_.counted_until = counted_until;
    manifest_.segments = segments;
    for (size_t s = 0; s < segments.size(); ++s) {
      report(progress_, {"counting", s, segments.size(), segments[s].name});
      const SegmentCells& cells = cells_of(s);
      if (exact) cells.save(staged_.file(numbered("state", s)));
      const std::string prefix = staged_.file(numbered("segment", s));
      const size_t kept = write_segment_table(cells, spec_, prefix, threads_);
      figures_.segments.push_back({segments[s].name, cells.num_rows(), kept});
    }
  }

  void fields(const CounterFields& fields) {
    for (size_t f = 0; f < fields.fields.size(); ++f) {
      const CounterField& field = fields.fields[f];
      manifest_.fields.push_back({field.name, field.owner, field.is_identity()});
      manifest_.has_users |= field.owner == FieldOwner::kUser;
      manifest_.has_queries |= field.owner == FieldOwner::kQuery;
      if (field.is_identity()) continue;
      const std::string name = numbered("field", f);
      write_npy(staged_.file(name + "_offsets.npy"), field.offsets);
      write_npy(staged_.file(name + "_codes.npy"), field.codes);
      const std::vector<std::string_view> names(field.names.begin(), field.names.end());
      write_id_map(staged_.path(), name, names);
    }
  }

  // Maps of ids, or lists of their names.
  template <typename Ids>
  StoreFigures finish(const Ids& items, const Ids& users, const Ids& queries) {
    write_id_map(staged_.path(), "items", items);
    if (manifest_.has_users) write_id_map(staged_.path(), "users", users);
    if (manifest_.has_queries) write_id_map(staged_.path(), "queries", queries);
    write_store_manifest(staged_.path(), manifest_);
    staged_.commit();
    return figures_;
  }

 private:
  const CounterSpec& spec_;
  const int threads_;
  const Progress& progress_;
  StagedDirectory staged_;
  StoreManifest manifest_;
  StoreFigures figures_;
};

}  // namespace

StoreFigures write_counter_store(const std::string& directory, const ListOrder& lists,
                                 const Dataset& dataset, const CounterSpec& spec,
                                 const CountOptions& options, const Progress& progress) {
  check_horizons(spec, lists, dataset);
  const CounterFields fields = find_counter_fields(spec, dataset, lists.queries());
  const int64_t as_of = options.as_of.value_or(lists.end_time());
  Writing writing(directory, spec, options, progress);
  writing.facts(lists);
  writing.fields(fields);
  writing.segments(lists, fields, {0, lists.first_at(as_of), as_of}, as_of,
                   [](size_t, SegmentCells cells) { return cells; });
  return writing.finish(dataset.items(), dataset.users(), lists.queries());
}

StoreFigures update_counter_store(const std::string& directory, const ListOrder& lists,
                                  const Dataset& dataset, const CountOptions& options,
                                  const Progress& progress) {
  const CounterStore store = CounterStore::open(directory);
  const CounterSpec& spec = store.spec();
  if (store.heads() != lists.heads()) {
    throw data_error(directory, 0, "heads", std::to_string(store.heads().size()) + " others",
                     "those of '" + lists.parts().front()->directory() + "'");
  }
  if (spec.sketch_epsilon > 0) {
    throw Error("'" + directory + "' holds sketches, which cannot be updated; count anew");
  }
  check_horizons(spec, lists, dataset);
  const int64_t until = std::max(options.as_of.value_or(lists.end_time()), store.counted_until());
  // Without a clock there are no days, and no windows that would have edges.
  const bool clock = lists.time_kind() == TimeKind::kClock;
  const int64_t beyond = std::max<int64_t>(until - store.as_of(), 0);
  const int64_t days = clock ? (beyond + kMillisecondsADay - 1) / kMillisecondsADay : 0;
  const int64_t as_of = clock ? store.as_of() + days * kMillisecondsADay : until;
  const MergedFields merged = merge_fields(find_counter_fields(spec, dataset, lists.queries()),
                                           lists.queries(), dataset, store);
  const auto add_older = [&](size_t s, const SegmentCells& cells) {
    const CounterSegment& segment = merged.fields.segments[s];
    std::vector<std::vector<uint32_t>> left_codes;
    for (const size_t field : segment.left) left_codes.push_back(merged.old_codes[field]);
    const SegmentCells older = SegmentCells::load(directory + "/" + numbered("state", s),
                                                  cells.width, cells.events, cells.decays);
    const auto now = static_cast<uint32_t>(std::min<int64_t>(days, 1'000'000));
    return merge_cells(
        recode_cells(age_cells(older, now, spec), left_codes, merged.old_codes[segment.right]),
        cells);
  };
  Writing writing(directory, spec, options, progress);
  writing.facts(lists);
  writing.fields(merged.fields);
  writing.segments(lists, merged.fields,
                   {lists.first_at(store.counted_until()), lists.first_at(until), as_of}, until,
                   add_older);
  return writing.finish(merged.items.names, merged.users.names, merged.queries.names);
}

StoreFigures write_counted_store(const std::string& directory, const CountedCells& counted,
                                 const Dataset& dataset, const CountOptions& options,
                                 const Progress& progress) {
  Writing writing(directory, counted.spec, options, progress);
  writing.facts(counted.heads, counted.time_kind, dataset.hash());
  writing.fields(counted.fields);
  writing.segments(counted.fields.segments, counted.as_of, counted.as_of, true,
                   [&](size_t s) -> const SegmentCells& { return counted.cells[s]; });
  const std::vector<std::string_view> queries(counted.queries.begin(), counted.queries.end());
  return writing.finish(names_of(dataset.items()), names_of(dataset.users()), queries);
}

}  // namespace kaskad
