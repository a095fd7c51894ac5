// What calls and messages of streams have in common: who asks and how often, an answer made without
// letting an exception through, and its place in metrics and log. Private to the folder.
#pragma once

#include <google/protobuf/message.h>
#include <grpcpp/support/server_callback.h>

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "kaskad/server/server.h"

namespace kaskad {

// The metadata `authorization` of the client; empty without.
std::string_view authorization_of(const grpc::CallbackServerContext& context);

// What the limit of rates says of one more request of this client.
MaybeRefusal over_rate(Server& server, const grpc::CallbackServerContext& context);

// Nobody waits for the answer any more: it need not be made.
MaybeRefusal given_up(const grpc::CallbackServerContext& context);

inline Refusal stopping() { return {503, "the server is stopping"}; }

struct MadeAnswer {
  MaybeRefusal refusal = {};
  std::string error = {};  // of an exception, for the log
};

// Counted among the requests in flight meanwhile.
MadeAnswer make_answer(Service& service, const std::function<MaybeRefusal()>& answer);

// Tells metrics and log, as of a request. `path` is "/kaskad.v1.Recommender/Rank".
void count_answer(Service& service, std::string_view path, const google::protobuf::Message& request,
                  const google::protobuf::Message& response, const MadeAnswer& made,
                  std::chrono::steady_clock::time_point arrived);

}  // namespace kaskad
