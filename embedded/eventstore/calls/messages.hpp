// Messages of the calls that take bytes off the wire and parse them here. Private: includes gRPC.
#pragma once

#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/byte_buffer.h>

namespace weir::embedded::eventstore {

// False: the bytes are no such message. gRPC itself reports that in the same way as the end of the client's side, and an
// append whose event could not be parsed would pass for one that is complete.
template <class Message>
bool parse_message(grpc::ByteBuffer& bytes, Message& out) {
  return grpc::SerializationTraits<Message>::Deserialize(&bytes, &out).ok();
}

template <class Message>
void write_bytes(const Message& message, grpc::ByteBuffer& out) {
  out.Clear();
  bool own = false;
  grpc::SerializationTraits<Message>::Serialize(message, &out, &own).IgnoreError();
}

}  // namespace weir::embedded::eventstore
