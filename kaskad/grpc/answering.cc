#include "kaskad/grpc/answering.h"

#include <grpcpp/server_context.h>

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/replace.hpp>
#include <exception>

#include "kaskad/server/service.h"

namespace kaskad {
namespace {

std::string_view metadata_of(const grpc::CallbackServerContext& context, const std::string& name) {
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find(name);
  if (found == metadata.end()) return {};
  return {found->second.data(), found->second.size()};
}

// The address in "ipv4:127.0.0.1:4711" or "ipv6:%5B::1%5D:4711", as HTTP counts the same client.
std::string address_in(std::string peer) {
  peer = peer.substr(peer.find(':') + 1);
  peer = peer.substr(0, peer.rfind(':'));
  boost::algorithm::replace_first(peer, "%5B", "");
  boost::algorithm::replace_first(peer, "%5D", "");
  return peer;
}

}  // namespace

std::string_view authorization_of(const grpc::CallbackServerContext& context) {
  return metadata_of(context, "authorization");
}

MaybeRefusal over_rate(Server& server, const grpc::CallbackServerContext& context) {
  const HttpLimits& limits = server.limits();
  if (limits.rate.per_second == 0) return std::nullopt;
  // Names of metadata are lower case.
  const std::string header = boost::algorithm::to_lower_copy(limits.client_header);
  const std::string_view named = header.empty() ? "" : metadata_of(context, header);
  return server.admit(client_of(named, address_in(context.peer())));
}

MaybeRefusal given_up(const grpc::CallbackServerContext& context) {
  if (context.deadline() < std::chrono::system_clock::now()) {
    return Refusal{408, "the deadline was over before a thread was free"};
  }
  if (context.IsCancelled()) return Refusal{499, "the client has gone"};
  return std::nullopt;
}

MadeAnswer make_answer(Service& service, const std::function<MaybeRefusal()>& answer) {
  MadeAnswer made;
  service.metrics().in_flight(1);
  try {
    made.refusal = answer();
  } catch (const std::exception& exception) {
    made.error = exception.what();
    made.refusal = service.failed();
  }
  service.metrics().in_flight(-1);
  return made;
}

void count_answer(Service& service, std::string_view path, const google::protobuf::Message& request,
                  const google::protobuf::Message& response, const MadeAnswer& made,
                  std::chrono::steady_clock::time_point arrived) {
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - arrived;
  service.answered({.method = "POST",  // as HTTP/2 carries it
                    .path = path,
                    .query = "",
                    .status = made.refusal ? made.refusal->status : 200,
                    .request_bytes = request.ByteSizeLong(),
                    .response_bytes = made.refusal ? 0 : response.ByteSizeLong(),
                    .seconds = taken.count(),
                    .error = made.error},
                   path);
}

}  // namespace kaskad
