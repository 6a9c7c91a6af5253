// Port: the admin port as others see it, on a thread of its own.
#pragma once

#include "pipeline/admin/site.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace weir::admin {

// Lifetime: listen(), start(), stop(); the program that is asked outlives stop(), and has given or dropped its answers
// before the port is destroyed. Executor: the members are called from one thread, what is served runs on one of the
// port's own. Cancellation: stop(), which gives what is under way a moment and lets go of the program. Errors: listen().
class Port {
 public:
  struct Options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 7070;       // 0: any free one
    bool may_be_another = false;     // where it is taken: the next free one
    std::vector<std::string> names;  // by which it is called besides (--admin-host)
    std::string token;               // empty: none is wanted; then the host is a loopback
  };
  // What listen() finds wrong without trying: a port that others reach, and no token. Empty: nothing.
  static std::string objection_to(const Options& options);

  explicit Port(Options options);
  ~Port();
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  Result<void> listen();
  // After listen().
  std::uint16_t number() const;
  std::string address() const;  // "127.0.0.1:7070"
  bool is_another() const;      // than was asked for

  // The program, as Site::Parts names it. The clock and the metrics outlive the port.
  struct Program {
    Clock& clock;
    const Metrics& metrics;
    Actions actions;
    Identity identity;
    std::string version_json;
  };
  void start(Program program);
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::admin
