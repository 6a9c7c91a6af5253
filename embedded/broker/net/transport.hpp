// Transport: the bytes of one connection, plain or through TLS.
#pragma once

#include "embedded/broker/wire/writer.hpp"
#include "pipeline/base/task.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace weir::embedded::broker::net {

// Lifetime: of the connection; close() ends what waits in it. Executor: the broker's thread. Cancellation: terminal, or
// close(). Errors: a connection that ended or broke gives empty reads and false; nobody asks why.
class Transport {
 public:
  virtual ~Transport() = default;
  // Before anything else; false: the peer does not speak TLS.
  virtual Task<bool> handshake() = 0;
  // What has arrived, at least one byte and not more than `most`;
  // empty at the end. Valid until the caller awaits anything.
  virtual Task<std::string_view> read(std::size_t most) = 0;
  // Into a place of the caller's: for the rest of a large frame. 0 at the end.
  virtual Task<std::size_t> read_into(std::span<char> place) = 0;
  // Sends the frames whole. `progress` grows while bytes leave. False when they could not be sent.
  virtual Task<bool> write(const std::vector<wire::Frame>& frames, std::uint64_t& progress) = 0;
  // Whether the peer has ended the connection, though what it sent before has not been read.
  virtual bool peer_has_gone() = 0;
  virtual void close() = 0;
};

// What peer_has_gone() asks of a socket.
bool has_hung_up(int socket);

// `scratch` is shared by all connections of the broker's thread: an idle one holds no buffer.
std::unique_ptr<Transport> make_plain_transport(boost::asio::ip::tcp::socket socket, std::span<char> scratch);

}  // namespace weir::embedded::broker::net
