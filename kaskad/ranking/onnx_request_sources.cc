#include <algorithm>

#include "kaskad/core/error.h"
#include "kaskad/dataset/query_tokens.h"
#include "kaskad/ranking/onnx_source_features.h"
#include "kaskad/ranking/onnx_source_parts.h"

namespace kaskad {
namespace {

using Kind = OnnxSource::Kind;

OnnxSource user_id(const SourceParts& parts) {
  return {Kind::kIds,
          false,
          {},
          [users = parts.tables.num_users](const RankRequest& request, const OnnxHistory&,
                                           OnnxValues& out) {
            const size_t user = index(request.user);
            out.whole.push_back(user < users ? static_cast<int64_t>(user) + 1 : 0);
          }};
}

OnnxSource user_feature(const SourceParts& parts) {
  const OnnxFeature feature(parts.input, parts.tables.users.get(), "users");
  return {feature.kind(), false, feature.shape(),
          [feature](const RankRequest& request, const OnnxHistory&, OnnxValues& out) {
            feature.append(index(request.user), out);
          }};
}

void need_tokens(const SourceParts& parts) {
  if (!parts.mapping.tokens.empty()) return;
  throw Error(parts.input.place + ": found '" + parts.input.source +
              "' without query.tokens, expected there the path of a list of words");
}

OnnxSource query_tokens_source(const SourceParts& parts) {
  need_tokens(parts);
  const auto length = parts.mapping.query_length;
  return {Kind::kIds,
          false,
          {static_cast<int64_t>(length)},
          [length, &known = parts.tables.tokens](const RankRequest& request, const OnnxHistory&,
                                                 OnnxValues& out) {
            const size_t end = out.whole.size() + length;
            for (const std::string& word : query_tokens(request.query)) {
              if (out.whole.size() == end) break;
              const auto found = known.find(word);
              out.whole.push_back(found == known.end() ? kUnknownOnnxToken : found->second);
            }
            out.whole.resize(end, kNoOnnxToken);
          }};
}

OnnxSource query_mask(const SourceParts& parts) {
  need_tokens(parts);
  const auto length = parts.mapping.query_length;
  return {Kind::kFlags,
          false,
          {static_cast<int64_t>(length)},
          [length](const RankRequest& request, const OnnxHistory&, OnnxValues& out) {
            const size_t words = std::min(query_tokens(request.query).size(), length);
            out.whole.insert(out.whole.end(), words, 1);
            out.whole.insert(out.whole.end(), length - words, 0);
          }};
}

}  // namespace

void add_request_sources(SourceEntries& entries) {
  entries["query.mask"] = {query_mask, false};
  entries["query.tokens"] = {query_tokens_source, false};
  entries["user.feature"] = {user_feature, true};
  entries["user.id"] = {user_id, false};
}

}  // namespace kaskad
