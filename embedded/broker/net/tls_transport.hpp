// TLS for the broker's connections: TLS 1.2 and newer, the server's certificate only.
#pragma once

#include "embedded/broker/net/transport.hpp"
#include "pipeline/base/result.hpp"

#include <filesystem>

namespace weir::embedded::broker::net {

// The certificate and its key, read once.
//
// Lifetime: outlives the transports made from it. Executor: the broker's thread. Cancellation: none. Errors: load()
// names the file and what is wrong with it.
class TlsContext {
 public:
  static Result<std::unique_ptr<TlsContext>> load(const std::filesystem::path& certificate,
                                                  const std::filesystem::path& key);
  ~TlsContext();

  std::unique_ptr<Transport> make_transport(boost::asio::ip::tcp::socket socket);

 private:
  struct Impl;
  explicit TlsContext(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::embedded::broker::net
