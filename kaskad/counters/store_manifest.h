// manifest.json of a counter store: written last by store_writer.cc, read first by
// counter_store.cc.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kaskad/counters/counter_fields.h"
#include "kaskad/counters/counter_spec.h"
#include "kaskad/log/event_reader.h"

namespace kaskad {

struct StoredField {
  std::string name;
  FieldOwner owner = FieldOwner::kItem;
  bool identity = false;  // the codes are the ids of the owner
};

struct StoreManifest {
  CounterSpec spec;
  std::vector<std::string> heads;
  int64_t as_of = 0;
  int64_t counted_until = 0;  // up to as_of; lists from then on are new
  TimeKind time_kind = TimeKind::kClock;
  std::string dataset_hash;
  bool has_users = false, has_queries = false;
  std::vector<StoredField> fields;
  std::vector<CounterSegment> segments;
};

// Adds a checksum of every file that lies in the directory.
void write_store_manifest(const std::string& directory, const StoreManifest& manifest);

// Throws Error when the manifest is missing, unreadable or of another version, when a file's size
// differs, and when the checksum of a file of up to 64 MiB does.
StoreManifest read_store_manifest(const std::string& directory);

// Throws Error unless offsets and codes fit together, for so many codes and owners.
void check_field(const CounterField& field, size_t codes, size_t owners, const std::string& path);

}  // namespace kaskad
