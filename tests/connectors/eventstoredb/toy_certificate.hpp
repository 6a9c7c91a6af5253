// A fresh self-signed certificate, for tests of TLS.
#pragma once

#include <string>

namespace weir::connectors::eventstoredb {

struct ToyCertificate {
  std::string key;          // PEM
  std::string certificate;  // PEM; its own CA
};

ToyCertificate make_toy_certificate(const std::string& ip_address);

}  // namespace weir::connectors::eventstoredb
