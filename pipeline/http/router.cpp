#include "pipeline/http/router.hpp"

namespace weir::http {

namespace {

Task<Response> give(Response response) {
  Response out = std::move(response);
  co_return out;
}

}  // namespace

void Router::add(std::string method, std::string path, Handler handler) {
  paths_[std::move(path)].push_back({std::move(method), std::move(handler)});
}

void Router::add_folder(std::string folder, Handler handler) {
  folders_.emplace(std::move(folder), std::move(handler));
}

Task<Response> Router::handle(Request request) const {
  const auto found = paths_.find(request.path);
  if (found == paths_.end()) {
    for (const auto& [folder, handler] : folders_) {
      if (request.path.size() > folder.size() && request.path.starts_with(folder)) return handler(std::move(request));
    }
    return give(Response::text(404, not_found_));
  }
  const std::string_view method = request.method == "HEAD" ? "GET" : std::string_view(request.method);
  for (const Route& route : found->second) {
    if (route.method == method) return route.handler(std::move(request));
  }
  return give(not_allowed(found->second));
}

Response Router::not_allowed(const std::vector<Route>& routes) {
  std::vector<std::string> methods;
  for (const Route& route : routes) {
    methods.push_back(route.method);
    if (route.method == "GET") methods.push_back("HEAD");
  }
  std::string allow;
  std::string text = "Only ";
  for (std::size_t i = 0; i < methods.size(); ++i) {
    allow += (i == 0 ? "" : ", ") + methods[i];
    text += (i == 0 ? "" : i + 1 == methods.size() ? " and " : ", ") + methods[i];
  }
  Response out = Response::text(405, text + (methods.size() == 1 ? " is" : " are") + " allowed here.\n");
  out.headers.add("Allow", std::move(allow));
  return out;
}

}  // namespace weir::http
