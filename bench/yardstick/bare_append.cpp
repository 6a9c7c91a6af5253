// weir_bench_append HOST:PORT EVENTS STREAMS: the yardstick of the store. A bare BatchAppend client that sends the
// benchmark's events the way weir does: one call, one request per stream, at most one unresolved request per stream,
// later events of it gather. One JSON line.
#include "bench/yardstick/events.hpp"
#include "proto/streams.grpc.pb.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <mutex>
#include <sys/resource.h>
#include <unordered_map>
#include <vector>

namespace {

using event_store::client::streams::BatchAppendReq;
using event_store::client::streams::BatchAppendResp;
using event_store::client::streams::Streams;

constexpr std::size_t kWindow = 8000;  // events in flight or waiting

class Appender final : public grpc::ClientBidiReactor<BatchAppendReq, BatchAppendResp> {
 public:
  Appender(Streams::Stub& stub, const std::vector<std::string>& events) : events_(events) {
    stub.async()->BatchAppend(&context_, this);
    StartRead(&answer_);
    StartCall();
  }

  void append(std::uint64_t event, std::uint64_t streams) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return in_flight_ < kWindow || failed_; });
    ++in_flight_;
    const std::string stream = "System-" + weir::bench::aggregate_id(event, streams);
    Gate& gate = gates_[stream];
    gate.waiting.push_back(event);
    if (!gate.out) send(stream, gate, streams);
    streams_ = streams;
  }

  bool finish() {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return in_flight_ == 0 || failed_; });
    if (!failed_) context_.TryCancel();
    done_.wait(lock, [this] { return ended_; });
    return !failed_;
  }

  void OnWriteDone(bool ok) override {
    std::lock_guard lock(mutex_);
    outbox_.pop_front();
    if (ok) write_next();
  }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    {
      std::lock_guard lock(mutex_);
      if (answer_.has_error()) {
        std::cerr << "append refused: " << answer_.error().message() << '\n';
        failed_ = true;
      }
      const std::string& stream = answer_.stream_identifier().stream_name();
      const auto found = gates_.find(stream);
      in_flight_ -= found->second.out;
      found->second.out = 0;
      if (found->second.waiting.empty()) {
        gates_.erase(found);
      } else {
        send(found->first, found->second, streams_);
      }
    }
    room_.notify_all();
    StartRead(&answer_);
  }

  void OnDone(const grpc::Status& status) override {
    std::lock_guard lock(mutex_);
    if (in_flight_ != 0) {
      std::cerr << "the call ended: " << status.error_message() << '\n';
      failed_ = true;
    }
    ended_ = true;
    done_.notify_all();
    room_.notify_all();
  }

 private:
  struct Gate {
    std::size_t out = 0;
    std::vector<std::uint64_t> waiting;
  };

  void send(const std::string& stream, Gate& gate, std::uint64_t streams) {
    BatchAppendReq request;
    request.mutable_correlation_id()->set_string(weir::bench::uuid_text(++requests_));
    request.set_is_final(true);
    request.mutable_options()->mutable_stream_identifier()->set_stream_name(stream);
    request.mutable_options()->mutable_any();
    request.mutable_options()->mutable_deadline()->set_seconds(10);
    for (const std::uint64_t event : gate.waiting) {
      auto* message = request.add_proposed_messages();
      message->mutable_id()->set_string(weir::bench::uuid_text(event));
      (*message->mutable_metadata())["type"] = "BenchEvent";
      (*message->mutable_metadata())["content-type"] = "application/json";
      message->set_data(events_[event]);
    }
    gate.out = gate.waiting.size();
    gate.waiting.clear();
    outbox_.push_back(std::move(request));
    if (outbox_.size() == 1) write_next();
  }

  void write_next() {
    if (outbox_.empty()) return;
    grpc::WriteOptions options;
    if (outbox_.size() > 1) options.set_buffer_hint();
    StartWrite(&outbox_.front(), options);
  }

  const std::vector<std::string>& events_;
  grpc::ClientContext context_;
  std::mutex mutex_;
  std::condition_variable room_, done_;
  BatchAppendResp answer_;
  std::deque<BatchAppendReq> outbox_;  // the front one is being written
  std::unordered_map<std::string, Gate> gates_;
  std::uint64_t requests_ = 1ull << 50, streams_ = 1;
  std::size_t in_flight_ = 0;
  bool failed_ = false, ended_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: weir_bench_append HOST:PORT EVENTS STREAMS\n";
    return 2;
  }
  const std::uint64_t events = std::strtoull(argv[2], nullptr, 10), streams = std::strtoull(argv[3], nullptr, 10);
  const auto stub = Streams::NewStub(grpc::CreateChannel(argv[1], grpc::InsecureChannelCredentials()));
  std::vector<std::string> all;  // made before the clock starts
  for (std::uint64_t i = 0; i < events; ++i) all.push_back(weir::bench::event_json(i, streams));
  Appender appender(*stub, all);
  const auto first = std::chrono::steady_clock::now();
  for (std::uint64_t i = 0; i < events; ++i) appender.append(i, streams);
  const bool good = appender.finish();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - first).count();
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const double cpu =
      used.ru_utime.tv_sec + used.ru_utime.tv_usec / 1e6 + used.ru_stime.tv_sec + used.ru_stime.tv_usec / 1e6;
  std::cout << "{\"events\":" << events << ",\"seconds\":" << seconds << ",\"cpu_seconds\":" << cpu
            << ",\"max_rss_kib\":" << used.ru_maxrss << "}" << std::endl;
  return good ? 0 : 1;
}
