#include "kaskad/cooc/variant.h"

#include <algorithm>

#include "kaskad/cooc/knobs.h"

namespace kaskad {
namespace {

constexpr EnumName<MatrixKind> kKindNames[] = {{MatrixKind::kCooccurrence, "cooccurrence"},
                                               {MatrixKind::kEase, "ease"},
                                               {MatrixKind::kContent, "content"},
                                               {MatrixKind::kPopularity, "popularity"}};

// Reads json[key] into `value` when it is there.
template <typename T>
void read_part(const nlohmann::json& json, const char* key, T& value) {
  if (const auto found = json.find(key); found != json.end()) from_json(*found, value);
}

void refuse_other_keys(const nlohmann::json& json, const std::string& what,
                       std::initializer_list<std::string_view> known) {
  if (!json.is_object()) throw Error(what + ": found " + json.dump() + ", expected an object");
  std::string allowed;
  for (const std::string_view key : known)
    allowed += (allowed.empty() ? "" : ", ") + std::string(key);
  for (const auto& [key, value] : json.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      throw Error(what + ": found the key '" + key + "', expected one of " + allowed);
    }
  }
}

}  // namespace

std::string MatrixSpec::name() const {
  if (kind == MatrixKind::kEase) return "EASE, " + ease.name();
  if (kind == MatrixKind::kContent) return "content";
  if (kind == MatrixKind::kPopularity) {
    return popularity_tau > 0 ? "popularity, trend " + KnobReader::days(popularity_tau) + "d"
                              : "popularity";
  }
  std::string text = weighting.name() + " | " + normalisation.name();
  if (content > 0) text += ", content " + short_number(content);
  return text;
}

std::string Variant::name() const {
  return matrix.kind == MatrixKind::kPopularity ? matrix.name()
                                                : matrix.name() + " | " + history.name();
}

std::string Blend::name() const {
  if (parts.size() == 1) return parts[0].variant.name();
  std::string text = "blend of " + std::to_string(parts.size());
  for (const Part& part : parts) {
    text += (&part == &parts[0] ? ": " : "; ") + short_number(part.weight) + " x (" +
            part.variant.name() + ")";
  }
  return text;
}

std::string_view name_of(MatrixKind kind) { return enum_name<MatrixKind>(kind, kKindNames); }

void to_json(nlohmann::json& json, const MatrixSpec& spec) {
  json = {{"kind", enum_name<MatrixKind>(spec.kind, kKindNames)}};
  if (spec.kind == MatrixKind::kCooccurrence) {
    json["weighting"] = spec.weighting;
    json["content"] = spec.content;
  }
  if (spec.kind == MatrixKind::kPopularity) json["popularity_tau"] = spec.popularity_tau;
  if (spec.kind == MatrixKind::kCooccurrence) json["normalisation"] = spec.normalisation;
  if (spec.kind == MatrixKind::kEase) json["ease"] = spec.ease;
}

void from_json(const nlohmann::json& json, MatrixSpec& spec) {
  refuse_other_keys(json, "matrix",
                    {"kind", "weighting", "normalisation", "content", "ease", "popularity_tau"});
  if (const auto kind = json.find("kind"); kind != json.end()) {
    const nlohmann::json only_kind = {{"kind", *kind}};
    KnobReader reader(only_kind, "matrix");
    reader.choice<MatrixKind>("kind", spec.kind, kKindNames);
  }
  read_part(json, "weighting", spec.weighting);
  read_part(json, "normalisation", spec.normalisation);
  read_part(json, "ease", spec.ease);
  nlohmann::json numbers = nlohmann::json::object();
  for (const char* key : {"content", "popularity_tau"}) {
    if (const auto found = json.find(key); found != json.end()) numbers[key] = *found;
  }
  KnobReader reader(numbers, "matrix");
  reader.number("content", spec.content, 0, 1e3);
  reader.number("popularity_tau", spec.popularity_tau, 0, 1e6);
}

void to_json(nlohmann::json& json, const Variant& variant) {
  json = {{"matrix", variant.matrix}, {"history", variant.history}};
}

void from_json(const nlohmann::json& json, Variant& variant) {
  refuse_other_keys(json, "variant", {"matrix", "history"});
  read_part(json, "matrix", variant.matrix);
  read_part(json, "history", variant.history);
}

void to_json(nlohmann::json& json, const Blend& blend) {
  json = {{"parts", nlohmann::json::array()}};
  for (const Blend::Part& part : blend.parts) {
    json["parts"].push_back({{"variant", part.variant}, {"weight", part.weight}});
  }
}

void from_json(const nlohmann::json& json, Blend& blend) {
  refuse_other_keys(json, "blend", {"parts"});
  blend.parts.clear();
  for (const nlohmann::json& entry : json.value("parts", nlohmann::json::array())) {
    refuse_other_keys(entry, "blend part", {"variant", "weight"});
    Blend::Part part;
    read_part(entry, "variant", part.variant);
    const nlohmann::json only_weight = {{"weight", entry.value("weight", nlohmann::json(1.0))}};
    KnobReader reader(only_weight, "blend part");
    reader.number("weight", part.weight, -1e6, 1e6);
    blend.parts.push_back(part);
  }
  if (blend.parts.empty()) throw Error("blend: found no parts, expected at least one");
}

}  // namespace kaskad
