// A refusal as gRPC says it. Private to the folder.
#pragma once

#include <grpcpp/support/status.h>

#include "kaskad/server/refusal.h"

namespace kaskad {

// docs/grpc.md has the table.
inline grpc::StatusCode status_code_of(int http_status) {
  switch (http_status) {
    case 400:
      return grpc::StatusCode::INVALID_ARGUMENT;
    case 401:
      return grpc::StatusCode::UNAUTHENTICATED;
    case 403:
      return grpc::StatusCode::PERMISSION_DENIED;
    case 404:
      return grpc::StatusCode::NOT_FOUND;
    case 408:
      return grpc::StatusCode::DEADLINE_EXCEEDED;
    case 429:
      return grpc::StatusCode::RESOURCE_EXHAUSTED;
    case 499:
      return grpc::StatusCode::CANCELLED;
    case 503:
      return grpc::StatusCode::UNAVAILABLE;
    default:
      return grpc::StatusCode::INTERNAL;
  }
}

inline grpc::Status status_of(const MaybeRefusal& refusal) {
  return refusal ? grpc::Status(status_code_of(refusal->status), refusal->why) : grpc::Status::OK;
}

}  // namespace kaskad
