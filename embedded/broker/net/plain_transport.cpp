// Bytes over TCP as they are. Runs of files go from the page cache to the socket without passing through this process.
#include "embedded/broker/net/transport.hpp"
#include "embedded/broker/storage/file.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <climits>

#include <cerrno>
#include <poll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace weir::embedded::broker::net {

namespace {

using boost::asio::ip::tcp;

constexpr std::size_t kMaxParts = 64;                      // of one sendmsg
constexpr std::size_t kCopyBytes = std::size_t{64} << 10;  // where a file has no descriptor to send from

// What stands between frames and the socket: a position in them.
class Cursor {
 public:
  explicit Cursor(const std::vector<wire::Frame>& frames) : frames_(frames) { settle(); }

  bool done() const { return frame_ == frames_.size(); }
  bool at_file() const { return slice_ > 0; }
  const wire::FileSlice& slice() const { return chunk().slices[slice_ - 1]; }
  std::uint64_t slice_sent() const { return offset_; }

  // The bytes from here to the next run of a file, as parts of one sendmsg; `more`: a file follows at once.
  std::size_t gather(iovec* parts, bool* more) const {
    Cursor ahead = *this;
    std::size_t count = 0;
    while (!ahead.done() && !ahead.at_file() && count < kMaxParts) {
      const std::string& bytes = ahead.chunk().bytes;
      parts[count++] = {const_cast<char*>(bytes.data()) + ahead.offset_, bytes.size() - ahead.offset_};
      ahead.advance(bytes.size() - ahead.offset_);
    }
    *more = !ahead.done();
    return count;
  }

  // Goes on by so many bytes that were sent, across bytes but not across runs of files.
  void advance(std::size_t sent) {
    while (sent > 0) {
      const std::size_t left = size_here() - offset_;
      const std::size_t step = std::min<std::size_t>(left, sent);
      offset_ += step;
      sent -= step;
      settle();
    }
  }

 private:
  const wire::Frame::Chunk& chunk() const { return frames_[frame_].chunks[chunk_]; }
  std::uint64_t size_here() const { return at_file() ? slice().size : chunk().bytes.size(); }

  // Moves on to the next part that is not finished.
  void settle() {
    while (frame_ < frames_.size()) {
      if (chunk_ == frames_[frame_].chunks.size()) {
        ++frame_;
        chunk_ = 0;
        continue;
      }
      if (offset_ < size_here()) return;
      offset_ = 0;
      if (slice_++ < chunk().slices.size()) continue;
      slice_ = 0;
      ++chunk_;
    }
  }

  const std::vector<wire::Frame>& frames_;
  std::size_t frame_ = 0;
  std::size_t chunk_ = 0;
  std::size_t slice_ = 0;  // 0: in the chunk's bytes; n: in its n-th run of a file
  std::uint64_t offset_ = 0;
};

class PlainTransport final : public Transport {
 public:
  PlainTransport(tcp::socket socket, std::span<char> scratch) : socket_(std::move(socket)), scratch_(scratch) {
    boost::system::error_code ignored;
    socket_.native_non_blocking(true, ignored);
    socket_.set_option(tcp::no_delay(true), ignored);
  }

  Task<bool> handshake() override { co_return true; }

  Task<std::string_view> read(std::size_t most) override {
    const std::span<char> place = scratch_.first(std::min(most, scratch_.size()));
    const std::size_t size = co_await read_into(place);
    co_return std::string_view(scratch_.data(), size);
  }

  Task<std::size_t> read_into(std::span<char> place) override {
    while (true) {
      // A read that did not fill its place has most likely emptied the socket: waiting first saves a call.
      if (!drained_) {
        const ssize_t size = ::recv(socket_.native_handle(), place.data(), place.size(), MSG_DONTWAIT);
        if (size == 0) co_return 0;
        if (size > 0) {
          drained_ = static_cast<std::size_t>(size) < place.size();
          co_return static_cast<std::size_t>(size);
        }
        if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) co_return 0;
      }
      const bool open = co_await wait(tcp::socket::wait_read);
      if (!open) co_return 0;
      drained_ = false;
    }
  }

  Task<bool> write(const std::vector<wire::Frame>& frames, std::uint64_t& progress) override {
    Cursor cursor(frames);
    while (!cursor.done()) {
      const ssize_t sent = cursor.at_file() ? send_file(cursor) : send_bytes(cursor);
      if (sent > 0) {
        progress += static_cast<std::uint64_t>(sent);
        cursor.advance(static_cast<std::size_t>(sent));
        continue;
      }
      const bool full = sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
      if (!full) co_return false;
      const bool open = co_await wait(tcp::socket::wait_write);
      if (!open) co_return false;
    }
    co_return true;
  }

  bool peer_has_gone() override { return has_hung_up(socket_.native_handle()); }

  void close() override {
    boost::system::error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
  }

 private:
  Task<bool> wait(tcp::socket::wait_type what) {
    boost::system::error_code failure;
    auto token = boost::asio::redirect_error(boost::asio::use_awaitable, failure);
    co_await socket_.async_wait(what, token);
    co_return !failure && socket_.is_open();
  }

  ssize_t send_bytes(const Cursor& cursor) {
    iovec parts[kMaxParts];
    bool more = false;
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = cursor.gather(parts, &more);
    return ::sendmsg(socket_.native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL | (more ? MSG_MORE : 0));
  }

  // 0: the file gave less than it must hold.
  ssize_t send_file(const Cursor& cursor) {
    const wire::FileSlice& slice = cursor.slice();
    const std::uint64_t position = slice.position + cursor.slice_sent();
    const std::uint64_t left = slice.size - cursor.slice_sent();
    if (const int file = slice.file->native_handle(); file >= 0) {
      auto offset = static_cast<off_t>(position);
      return ::sendfile(socket_.native_handle(), file, &offset, left);
    }
    std::vector<char> copy(std::min<std::uint64_t>(left, kCopyBytes));
    if (const Result<void> read = slice.file->read_at(position, copy); !read) return 0;
    return ::send(socket_.native_handle(), copy.data(), copy.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }

  tcp::socket socket_;
  std::span<char> scratch_;
  bool drained_ = false;
};

}  // namespace

bool has_hung_up(int socket) {
  pollfd asked{.fd = socket, .events = POLLRDHUP, .revents = 0};
  return ::poll(&asked, 1, 0) > 0 && (asked.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

std::unique_ptr<Transport> make_plain_transport(tcp::socket socket, std::span<char> scratch) {
  return std::make_unique<PlainTransport>(std::move(socket), scratch);
}

}  // namespace weir::embedded::broker::net
