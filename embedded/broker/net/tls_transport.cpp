#include "embedded/broker/net/tls_transport.hpp"

#include "embedded/broker/storage/file.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace weir::embedded::broker::net {

namespace {

using boost::asio::ip::tcp;
namespace ssl = boost::asio::ssl;

constexpr std::size_t kBufferBytes = std::size_t{16} << 10;  // one TLS record
constexpr std::size_t kFlushBytes = std::size_t{64} << 10;

class TlsTransport final : public Transport {
 public:
  TlsTransport(tcp::socket socket, ssl::context& context) : stream_(std::move(socket), context) {
    boost::system::error_code ignored;
    stream_.next_layer().set_option(tcp::no_delay(true), ignored);
  }

  Task<bool> handshake() override {
    boost::system::error_code failure;
    auto token = boost::asio::redirect_error(boost::asio::use_awaitable, failure);
    co_await stream_.async_handshake(ssl::stream_base::server, token);
    co_return !failure;
  }

  Task<std::string_view> read(std::size_t most) override {
    if (buffer_.empty()) buffer_.resize(kBufferBytes);
    const std::span<char> place = std::span(buffer_).first(std::min(most, buffer_.size()));
    const std::size_t size = co_await read_into(place);
    co_return std::string_view(buffer_.data(), size);
  }

  Task<std::size_t> read_into(std::span<char> place) override {
    boost::system::error_code failure;
    auto token = boost::asio::redirect_error(boost::asio::use_awaitable, failure);
    const boost::asio::mutable_buffer buffer(place.data(), place.size());
    const std::size_t size = co_await stream_.async_read_some(buffer, token);
    co_return failure ? 0 : size;
  }

  Task<bool> write(const std::vector<wire::Frame>& frames, std::uint64_t& progress) override {
    // Small answers leave together: a TLS record each would cost more than copying them.
    std::string out;
    for (const wire::Frame& frame : frames) {
      for (const wire::Frame::Chunk& chunk : frame.chunks) {
        out.append(chunk.bytes);
        for (const wire::FileSlice& slice : chunk.slices) {
          for (std::uint64_t done = 0; done < slice.size;) {
            const std::size_t begin = out.size();
            const std::size_t step = std::min<std::uint64_t>(slice.size - done, kFlushBytes);
            out.resize(begin + step);
            const std::span<char> place(out.data() + begin, step);
            const Result<void> copied = slice.file->read_at(slice.position + done, place);
            if (!copied) co_return false;
            done += step;
            if (out.size() < kFlushBytes) continue;
            const bool sent = co_await flush(out, progress);
            if (!sent) co_return false;
          }
        }
        if (out.size() < kFlushBytes) continue;
        const bool sent = co_await flush(out, progress);
        if (!sent) co_return false;
      }
    }
    const bool sent = co_await flush(out, progress);
    co_return sent;
  }

  bool peer_has_gone() override { return has_hung_up(stream_.next_layer().native_handle()); }

  void close() override {
    boost::system::error_code ignored;
    stream_.next_layer().shutdown(tcp::socket::shutdown_both, ignored);
    stream_.next_layer().close(ignored);
  }

 private:
  Task<bool> flush(std::string& out, std::uint64_t& progress) {
    for (std::size_t done = 0; done < out.size();) {
      boost::system::error_code failure;
      auto token = boost::asio::redirect_error(boost::asio::use_awaitable, failure);
      const boost::asio::const_buffer rest(out.data() + done, out.size() - done);
      const std::size_t sent = co_await stream_.async_write_some(rest, token);
      if (failure) co_return false;
      done += sent;
      progress += sent;
    }
    out.clear();
    co_return true;
  }

  ssl::stream<tcp::socket> stream_;
  std::vector<char> buffer_;
};

}  // namespace

struct TlsContext::Impl {
  ssl::context context{ssl::context::tls_server};
};

TlsContext::TlsContext(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TlsContext::~TlsContext() = default;

Result<std::unique_ptr<TlsContext>> TlsContext::load(const std::filesystem::path& certificate,
                                                     const std::filesystem::path& key) {
  auto impl = std::make_unique<Impl>();
  boost::system::error_code failure;
  impl->context.set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1 |
                            ssl::context::single_dh_use);
  impl->context.use_certificate_chain_file(certificate.string(), failure);
  if (failure) {
    return Error(Errc::invalid_argument, "cannot use the TLS certificate '" + certificate.string() +
                                             "': " + failure.message() + "; it must be a PEM file with the chain");
  }
  impl->context.use_private_key_file(key.string(), ssl::context::pem, failure);
  if (failure) {
    return Error(Errc::invalid_argument, "cannot use the TLS key '" + key.string() + "': " + failure.message() +
                                             "; it must be the PEM key of the certificate, without a passphrase");
  }
  return std::unique_ptr<TlsContext>(new TlsContext(std::move(impl)));
}

std::unique_ptr<Transport> TlsContext::make_transport(tcp::socket socket) {
  return std::make_unique<TlsTransport>(std::move(socket), impl_->context);
}

}  // namespace weir::embedded::broker::net
