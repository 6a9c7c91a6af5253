// One request to the admin port of a running weir.
#pragma once

#include "cli/arguments/options_admin.hpp"
#include "pipeline/base/clock.hpp"
#include "pipeline/base/result.hpp"

#include <string>

namespace weir::cli {

struct AdminAnswer {
  int status = 0;
  std::string body;
};

struct AdminRequest {
  std::string method = "GET";
  std::string path;
  std::string accept = "application/json";
  Duration patience = std::chrono::seconds(10);
};

// Blocks until the answer is there. Errors: those of the token file; unavailable when nobody listens there or what
// answers does not speak HTTP; unknown_outcome when the patience is over.
Result<AdminAnswer> ask_admin(const AdminTarget& target, const AdminRequest& request);

// What an answer other than success means, and what to do.
std::string explain_refusal(const AdminTarget& target, const AdminAnswer& answer);

}  // namespace weir::cli
