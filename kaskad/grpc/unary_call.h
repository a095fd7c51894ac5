// One call on its way: it waits for a thread of its lane beside the requests of HTTP, is answered
// there, counted and logged as these are, and finished. Private to the folder.
#pragma once

#include <google/protobuf/message.h>
#include <grpcpp/support/server_callback.h>

#include <functional>
#include <string_view>

#include "kaskad/server/server.h"

namespace kaskad {

struct UnaryCall {
  grpc::CallbackServerContext& context;
  std::string_view path;  // "/kaskad.v1.Recommender/Rank"
  const google::protobuf::Message& request;
  const google::protobuf::Message& response;  // that `answer` fills
  std::function<MaybeRefusal()> answer;
};

// Lane::kSocket answers at once, on gRPC's own thread.
grpc::ServerUnaryReactor* run(Server& server, Lane lane, UnaryCall call);

}  // namespace kaskad
