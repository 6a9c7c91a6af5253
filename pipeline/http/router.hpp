// Which handler answers what.
#pragma once

#include "pipeline/http/handler.hpp"

#include <map>
#include <string>
#include <vector>

namespace weir::http {

// Paths are compared as they are, methods too; GET answers HEAD as well (the connection leaves the body out). A path
// that nobody has is 404, a method that a path has not is 405 with the Allow header. Below a folder ("/streams/") one
// handler answers all paths that have no handler of their own, and all methods.
//
// Lifetime: outlives the server whose handler it is; filled before. Executor: none of its own. Cancellation, Errors:
// those of the handlers.
class Router {
 public:
  void add(std::string method, std::string path, Handler handler);
  void add_folder(std::string folder, Handler handler);
  // The text of 404, instead of a general one.
  void set_not_found(std::string text) { not_found_ = std::move(text); }

  Task<Response> handle(Request request) const;

 private:
  struct Route {
    std::string method;
    Handler handler;
  };
  static Response not_allowed(const std::vector<Route>& routes);

  std::map<std::string, std::vector<Route>, std::less<>> paths_;
  std::map<std::string, Handler, std::less<>> folders_;
  std::string not_found_ = "There is nothing at this path.\n";
};

}  // namespace weir::http
