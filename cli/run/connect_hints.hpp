// How a person or a program reaches the servers of this process.
#pragma once

#include <string>

namespace weir::cli {

// Lines of text for a banner; `address` is a connection string without credentials.
std::string describe_store_access(const std::string& address);

// How an embedded broker is reached.
struct BrokerAccess {
  std::string address;  // "127.0.0.1:9092"
  bool tls = false;
  bool users = false;
};
std::string describe_broker_access(const BrokerAccess& access);

}  // namespace weir::cli
