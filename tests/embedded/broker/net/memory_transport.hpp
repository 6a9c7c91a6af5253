// MemoryTransport: a connection without a network. The test plays the client.
#pragma once

#include "embedded/broker/net/transport.hpp"
#include "pipeline/base/signal.hpp"

#include <deque>
#include <string>

namespace weir::embedded::broker::net {

class MemoryTransport final : public Transport {
 public:
  // What the test sees and does; outlives the transport.
  struct Peer {
    explicit Peer(const Executor& executor) : changed(executor) {}

    // Arrives in one read of its own.
    void send(std::string bytes) {
      incoming.push_back(std::move(bytes));
      changed.notify_all();
    }
    void hang_up() {
      ended = true;
      changed.notify_all();
    }
    void set_reading(bool on) {
      reading = on;
      changed.notify_all();
    }

    std::deque<std::string> incoming;
    std::string received;
    bool ended = false;
    bool reading = true;
    bool closed = false;  // by the broker
    std::size_t reads = 0;
    Signal changed;
  };

  explicit MemoryTransport(Peer& peer) : peer_(peer) {}

  Task<bool> handshake() override { co_return true; }

  Task<std::string_view> read(std::size_t most) override {
    ++peer_.reads;
    while (peer_.incoming.empty() && !peer_.ended && !peer_.closed) co_await peer_.changed.wait();
    if (peer_.incoming.empty() || peer_.closed) co_return std::string_view();
    std::string& front = peer_.incoming.front();
    lent_ = front.substr(0, most);
    front.erase(0, lent_.size());
    if (front.empty()) peer_.incoming.pop_front();
    co_return std::string_view(lent_);
  }

  Task<std::size_t> read_into(std::span<char> place) override {
    while (peer_.incoming.empty() && !peer_.ended && !peer_.closed) co_await peer_.changed.wait();
    if (peer_.incoming.empty() || peer_.closed) co_return 0;
    std::string& front = peer_.incoming.front();
    const std::size_t size = std::min(front.size(), place.size());
    std::copy_n(front.begin(), size, place.begin());
    front.erase(0, size);
    if (front.empty()) peer_.incoming.pop_front();
    co_return size;
  }

  Task<bool> write(const std::vector<wire::Frame>& frames, std::uint64_t& progress) override {
    while (!peer_.reading && !peer_.closed) co_await peer_.changed.wait();
    if (peer_.closed) co_return false;
    for (const wire::Frame& frame : frames) {
      for (const wire::Frame::Chunk& chunk : frame.chunks) peer_.received += chunk.bytes;
      progress += frame.size();
    }
    co_return true;
  }

  bool peer_has_gone() override { return peer_.ended; }

  void close() override {
    peer_.closed = true;
    peer_.changed.notify_all();
  }

 private:
  Peer& peer_;
  std::string lent_;
};

}  // namespace weir::embedded::broker::net
