#include "connectors/eventstoredb/detail/credentials.hpp"

#include <absl/strings/escaping.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <tuple>

namespace weir::connectors::eventstoredb::detail {
namespace {

Result<std::string> read_file(const std::string& path, std::string_view option) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file || text.str().empty()) {
    const std::string reason = errno != 0 ? std::strerror(errno) : "it is empty";
    return Error(Errc::io, "cannot read '" + path + "', named by " + std::string(option) +
                               " in the connection string: " + reason);
  }
  return text.str();
}

// TLS without looking at the server's certificate: tlsVerifyCert=false.
std::shared_ptr<grpc::ChannelCredentials> unverified(const grpc::SslCredentialsOptions& files) {
  namespace tls = grpc::experimental;
  tls::TlsChannelCredentialsOptions options;
  options.set_verify_server_certs(false);
  options.set_check_call_host(false);
  options.set_certificate_verifier(std::make_shared<tls::NoOpCertificateVerifier>());
  if (!files.pem_cert_chain.empty()) {
    const std::vector<tls::IdentityKeyCertPair> identity = {{files.pem_private_key, files.pem_cert_chain}};
    options.set_certificate_provider(std::make_shared<tls::StaticDataCertificateProvider>(identity));
    options.watch_identity_key_cert_pairs();
  }
  return tls::TlsCredentials(options);
}

}  // namespace

Result<std::shared_ptr<grpc::ChannelCredentials>> make_credentials(const ConnectionSettings& settings) {
  if (!settings.tls) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions files;
  const std::tuple<const std::string*, std::string_view, std::string*> wanted[] = {
      {&settings.tls_ca_file, "tlsCAFile", &files.pem_root_certs},
      {&settings.user_cert_file, "userCertFile", &files.pem_cert_chain},
      {&settings.user_key_file, "userKeyFile", &files.pem_private_key}};
  for (const auto& [path, option, content] : wanted) {
    if (path->empty()) continue;
    Result<std::string> text = read_file(*path, option);
    if (text.has_error()) return text.error();
    *content = std::move(*text);
  }
  if (!settings.tls_verify_cert) return unverified(files);
  return grpc::SslCredentials(files);
}

std::string basic_authorization(const Credentials& credentials) {
  return "Basic " + absl::Base64Escape(credentials.user + ":" + credentials.password);
}

}  // namespace weir::connectors::eventstoredb::detail
