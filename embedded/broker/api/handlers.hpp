// The requests that the broker's own files answer; those about topics and groups go to their folders.
//
// A handler takes the request at once, in the order in which requests came, and answers through `reply`, now or later.
#pragma once

#include "embedded/broker/api/call.hpp"
#include "embedded/broker/wire/messages.hpp"

namespace weir::embedded::broker::api {

// produce.cpp
void produce(Call& call, const wire::ProduceRequest& request, Reply<wire::ProduceResponse> reply);
// fetch.cpp
void fetch(Call& call, const wire::FetchRequest& request, Reply<wire::FetchResponse> reply);
// list_offsets.cpp
void list_offsets(Call& call, const wire::ListOffsetsRequest& request, Reply<wire::ListOffsetsResponse> reply);
void offset_for_leader_epoch(Call& call, const wire::OffsetForLeaderEpochRequest& request,
                             Reply<wire::OffsetForLeaderEpochResponse> reply);
// Whether the log works and the client knows who leads it (KIP-320); `epoch` -1: it does not say.
wire::ErrorCode check_leader(const storage::PartitionLog& log, std::int32_t epoch);
// metadata.cpp
void metadata(Call& call, const wire::MetadataRequest& request, Reply<wire::MetadataResponse> reply);
void find_coordinator(Call& call, const wire::FindCoordinatorRequest& request,
                      Reply<wire::FindCoordinatorResponse> reply);
void describe_cluster(Call& call, const wire::DescribeClusterRequest& request,
                      Reply<wire::DescribeClusterResponse> reply);
// sasl.cpp
void sasl_handshake(Call& call, const wire::SaslHandshakeRequest& request, Reply<wire::SaslHandshakeResponse> reply);
void sasl_authenticate(Call& call, const wire::SaslAuthenticateRequest& request,
                       Reply<wire::SaslAuthenticateResponse> reply);
// The token that follows a handshake of version 0: a frame without a header, answered by an empty one.
bool take_raw_token(Node& node, Session& session, std::string_view token, net::ResponseSlot& slot);
// api_versions.cpp
void api_versions(Call& call, const wire::ApiVersionsRequest& request, Reply<wire::ApiVersionsResponse> reply);
// The answer to a version that we do not speak: our ranges, in the oldest form (KIP-511).
wire::ApiVersionsResponse unsupported_api_versions();

}  // namespace weir::embedded::broker::api
