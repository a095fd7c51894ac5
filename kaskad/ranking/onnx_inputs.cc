#include "kaskad/ranking/onnx_inputs.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

using Kind = OnnxSource::Kind;
using Style = OnnxMapping::Style;

// Stand for the lengths that a request decides, where shapes are compared.
constexpr int64_t kCandidatesFree = -1, kPlacesFree = -2;

bool can_hold(ElementType type, Kind kind) {
  if (is_floating(type)) return type != ElementType::kFloat16 || kind != Kind::kIds;
  if (kind == Kind::kNumbers) return false;
  if (type == ElementType::kInt64 || type == ElementType::kInt32) return true;
  return kind == Kind::kFlags && (type == ElementType::kBool || type == ElementType::kInt8 ||
                                  type == ElementType::kUInt8 || type == ElementType::kInt16);
}

const char* types_of(Kind kind) {
  switch (kind) {
    case Kind::kNumbers:
      return "float, double or float16";
    case Kind::kIds:
      return "int64, int32, float or double";
    case Kind::kFlags:
      break;
  }
  return "a type of numbers or bool";
}

std::string mapped_text(const std::vector<OnnxInput>& inputs) {
  std::string text;
  for (const OnnxInput& input : inputs) text += (text.empty() ? "" : ", ") + input.name;
  return text.empty() ? std::string("none") : text;
}

template <typename To, typename From>
void convert(std::span<const From> values, std::byte* out) {
  for (const From value : values) {
    const To converted = static_cast<To>(value);
    std::memcpy(out, &converted, sizeof(To));
    out += sizeof(To);
  }
}

template <typename From>
void convert_to(ElementType type, std::span<const From> values, std::byte* out) {
  switch (type) {
    case ElementType::kFloat:
      return convert<float>(values, out);
    case ElementType::kDouble:
      return convert<double>(values, out);
    case ElementType::kFloat16:
      return convert<_Float16>(values, out);
    case ElementType::kInt64:
      return convert<int64_t>(values, out);
    case ElementType::kInt32:
      return convert<int32_t>(values, out);
    case ElementType::kInt16:
      return convert<int16_t>(values, out);
    case ElementType::kInt8:
    case ElementType::kUInt8:
    case ElementType::kBool:
      return convert<int8_t>(values, out);
    default:
      KASKAD_ASSERT(!"a type that can_hold() refuses");
  }
}

}  // namespace

OnnxInputs::OnnxInputs(const OnnxMapping& mapping, const OnnxTables& tables,
                       const OnnxSession& session)
    : mapping_(mapping), num_items_(tables.num_items) {
  const std::vector<TensorSpec>& declared = session.inputs();
  const auto named = [](const std::string& name) {
    return [&name](const auto& one) { return one.name == name; };
  };
  for (const TensorSpec& spec : declared) {
    const auto input = std::ranges::find_if(mapping.inputs, named(spec.name));
    if (input == mapping.inputs.end()) {
      throw Error("'" + session.path() + "': the graph declares the input " + spec.to_string() +
                  ", the mapping gives only " + mapped_text(mapping.inputs));
    }
    bind(*input, tables, spec, session.path());
  }
  for (const OnnxInput& input : mapping.inputs) {
    if (std::ranges::any_of(declared, named(input.name))) continue;
    throw Error(input.place + ": the mapping gives the input '" + input.name + "', the graph '" +
                session.path() + "' declares only " +
                (declared.empty() ? "none" : declared_text(declared)));
  }
}

void OnnxInputs::bind(const OnnxInput& input, const OnnxTables& tables, const TensorSpec& declared,
                      const std::string& path) {
  Bound bound{make_onnx_source(input, mapping_, tables), declared.type, input.missing};
  const auto refuse = [&](const std::string& given) {
    throw Error(input.place + ": of the input '" + input.name + "' the graph '" + path +
                "' declares " + declared.to_string() + ", the mapping gives " + given);
  };
  if (input.type && *input.type != declared.type) {
    refuse(std::string("dtype ") + element_name(*input.type));
  }
  if (!can_hold(declared.type, bound.source.kind)) {
    refuse(std::string(types_of(bound.source.kind)) + " ('" + input.source + "')");
  }
  if (input.missing && bound.source.kind != Kind::kNumbers) {
    refuse("'missing' for ids, which are 0 where nothing is known");
  }
  if (!fit(bound, declared)) refuse(given_text(bound) + " ('" + input.source + "')");
  bound_.push_back(std::move(bound));
}

std::vector<int64_t> OnnxInputs::shape(const Bound& bound, int64_t candidates,
                                       int64_t places) const {
  std::vector<int64_t> shape;
  if (mapping_.style == Style::kRows) {
    shape.push_back(candidates);
  } else {
    if (!bound.without_batch) shape.push_back(1);
    if (bound.source.of_candidates) shape.push_back(candidates);
  }
  for (const int64_t length : bound.source.shape) shape.push_back(length < 0 ? places : length);
  if (bound.with_last) shape.push_back(1);
  return shape;
}

std::string OnnxInputs::given_text(const Bound& bound) const {
  std::string text;
  for (const int64_t length : shape(bound, kCandidatesFree, kPlacesFree)) {
    text += text.empty() ? "" : ", ";
    text += length == kCandidatesFree ? "candidates"
            : length == kPlacesFree   ? "events"
                                      : std::to_string(length);
  }
  return std::string(element_name(bound.type)) + " (" + text + ")";
}

bool OnnxInputs::fit(Bound& bound, const TensorSpec& declared) const {
  if (!declared.has_shape) return true;
  const Bound plain = bound;
  for (const bool without_batch : {false, true}) {
    if (without_batch && mapping_.style == Style::kRows) break;
    for (const bool with_last : {false, true}) {
      bound.without_batch = without_batch;
      bound.with_last = with_last;
      const auto given = shape(bound, kCandidatesFree, kPlacesFree);
      const auto fits = [](int64_t mine, int64_t theirs) { return theirs < 0 || mine == theirs; };
      if (std::ranges::equal(given, declared.shape, fits)) return true;
    }
  }
  bound = plain;
  return false;
}

void OnnxInputs::read(const RankRequest& request, Scratch& scratch) const {
  scratch.history = select_history(request, mapping_, num_items_);
  scratch.values.resize(bound_.size());
  for (size_t i = 0; i < bound_.size(); ++i) {
    OnnxValues& values = scratch.values[i];
    values.numbers.clear();
    values.whole.clear();
    bound_[i].source.write(request, scratch.history, values);
    if (!bound_[i].missing) continue;
    for (float& number : values.numbers) {
      if (std::isnan(number)) number = *bound_[i].missing;
    }
  }
}

std::span<const TensorBytes> OnnxInputs::pack(Scratch& scratch, size_t first, size_t count) const {
  scratch.packed.resize(bound_.size());
  scratch.tensors.resize(bound_.size());
  for (size_t i = 0; i < bound_.size(); ++i) {
    pack_one(bound_[i], scratch.values[i], first, count, scratch.packed[i]);
    scratch.tensors[i] = {bound_[i].type, scratch.packed[i],
                          shape(bound_[i], static_cast<int64_t>(count),
                                static_cast<int64_t>(scratch.history.places))};
  }
  return scratch.tensors;
}

void OnnxInputs::pack_one(const Bound& bound, const OnnxValues& values, size_t first, size_t count,
                          std::vector<std::byte>& out) const {
  size_t width = 1;
  for (const int64_t length : shape(bound, 1, static_cast<int64_t>(0))) {
    if (length > 0) width *= static_cast<size_t>(length);
  }
  const auto take = [&](const auto& all) {
    using T = typename std::decay_t<decltype(all)>::value_type;
    std::span<const T> some(all);
    if (bound.source.of_candidates) {
      some = some.subspan(first * width, count * width);
    }
    const size_t bytes = some.size() * element_size(bound.type);
    const bool repeated = mapping_.style == Style::kRows && !bound.source.of_candidates;
    out.resize(repeated ? bytes * count : bytes);
    if (out.empty()) return;
    convert_to(bound.type, some, out.data());
    for (size_t row = 1; repeated && row < count; ++row) {
      std::memcpy(out.data() + row * bytes, out.data(), bytes);
    }
  };
  bound.source.kind == Kind::kNumbers ? take(values.numbers) : take(values.whole);
}

}  // namespace kaskad
