// The answers of BatchAppend. Private: includes generated code.
#pragma once

#include "embedded/eventstore/log/append_request.hpp"
#include "embedded/eventstore/wire/values.hpp"

namespace weir::embedded::eventstore {

// An answer names the append, its stream and what was expected of it; the rest is one of the functions below.
wire::streams::BatchAppendResp answer_for(const wire::proto::UUID& correlation_id,
                                          const wire::streams::BatchAppendReq::Options& options);

void set_result(const AppendResult& result, wire::streams::BatchAppendResp& out);
void set_timeout(wire::streams::BatchAppendResp& out);
void set_too_large(std::size_t limit, wire::streams::BatchAppendResp& out);
void set_bad_request(const std::string& why, wire::streams::BatchAppendResp& out);
void set_unavailable(const std::string& why, wire::streams::BatchAppendResp& out);

}  // namespace weir::embedded::eventstore
