// How a person or a program reaches an embedded event store.
#pragma once

#include <string>

namespace weir::cli {

// Lines of text for a banner; `address` is a connection string without credentials.
std::string describe_store_access(const std::string& address);

}  // namespace weir::cli
