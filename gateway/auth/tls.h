// The gateways' TLS: one context from the files that the operator names, 1.2 and newer, read again when told to. It
// holds for new connections; those that are open keep what they began with. OpenSSL alone, so that every gateway can
// wrap it as its transport asks. Thread rule: every function may be called from any thread.
#pragma once

#include <memory>
#include <mutex>
#include <string>

struct ssl_ctx_st;
struct ssl_st;

namespace pace {

/// Never changed once made; OpenSSL counts its own references besides.
using TlsContext = std::shared_ptr<ssl_ctx_st>;

struct TlsFiles {
  std::string certificate;  ///< PEM: the server's, then its issuers'
  std::string key;          ///< PEM, no passphrase
  std::string client_ca;    ///< PEM: who may vouch for clients; "": no certificate is asked for
  bool client_required = false;
};

class Tls {
 public:
  /// Throws std::runtime_error naming the file.
  explicit Tls(TlsFiles files);
  [[nodiscard]] TlsContext context() const;
  /// Reads the files again. Throws as the constructor does; what was in force then stays.
  void reload();

 private:
  const TlsFiles files_;
  mutable std::mutex mutex_;
  TlsContext context_;
};

/// SHA-256 over the certificate that the peer proved to hold, 64 hex digits; "" when it showed none.
[[nodiscard]] std::string peer_certificate(const ssl_st* connection);

}  // namespace pace
