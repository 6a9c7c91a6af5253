// A small HTTP/1.1 server without a port of its own: it is handed connections. Read this file first.
#pragma once

#include "pipeline/base/signal.hpp"
#include "pipeline/base/task_group.hpp"
#include "pipeline/http/connection.hpp"

#include <list>

namespace weir::http {

// Lifetime: stop() must have returned before it is destroyed, if serve() was ever called; outlived by the clock.
// Executor: the one given, of one thread; it is called there, and its handler is, too. Cancellation: stop().
// Errors: none; trouble with a connection ends that connection.
class Server {
 public:
  Server(Executor executor, Clock& clock, Handler handler, Options options);

  // Takes over a connection whose socket runs on the server's executor; `already_read` was taken off it before. False:
  // there are too many of them, or the server stops; the socket is closed.
  bool serve(Socket socket, std::string_view already_read = {});
  std::size_t connections() const { return connections_.size(); }

  // Takes no more connections, ends those on which no request is under way, answers the requests that are, and cuts off
  // at the deadline what is left. May be called again.
  Task<void> stop(TimePoint deadline);

 private:
  Task<void> run_connection(std::list<Connection>::iterator connection);

  Clock& clock_;
  const Handler handler_;
  const Options options_;
  std::list<Connection> connections_;
  Signal ended_;
  bool stopping_ = false;
  TaskGroup tasks_;
};

}  // namespace weir::http
