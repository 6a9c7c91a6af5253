// The answers of Read, subscriptions among them. Private: includes generated code.
#pragma once

#include "embedded/eventstore/reads/read_session.hpp"
#include "embedded/eventstore/wire/values.hpp"

namespace weir::embedded::eventstore {

// `out` is replaced. `label`: the subscription's id, or the name of the stream that was not found.
void write_message(ReadMessage&& message, wire::UuidForm form, const std::string& label, wire::streams::ReadResp& out);

}  // namespace weir::embedded::eventstore
