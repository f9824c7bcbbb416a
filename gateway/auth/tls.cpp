#include "gateway/auth/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <cstdint>
#include <span>
#include <stdexcept>

#include "engine/base/hex.h"

namespace pace {
namespace {

[[noreturn]] void fail(const std::string& what) {
  std::array<char, 256> text{};
  const unsigned long code = ERR_get_error();
  ERR_error_string_n(code, text.data(), text.size());
  ERR_clear_error();
  throw std::runtime_error("TLS: " + what + (code == 0 ? "" : std::string(": ") + text.data()));
}

void ask_for_certificates(SSL_CTX* context, const TlsFiles& files) {
  if (files.client_ca.empty()) return;
  if (SSL_CTX_load_verify_locations(context, files.client_ca.c_str(), nullptr) != 1)
    fail("cannot take the client CA " + files.client_ca);
  STACK_OF(X509_NAME)* names = SSL_load_client_CA_file(files.client_ca.c_str());
  if (names == nullptr) fail("cannot read the client CA " + files.client_ca);
  SSL_CTX_set_client_CA_list(context, names);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | (files.client_required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr);
}

TlsContext read_files(const TlsFiles& files) {
  TlsContext context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (!context) fail("no context");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);  // an idle connection keeps 34 KiB less
  // A resumed session would not show its certificate again.
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context.get(), 0);
  if (SSL_CTX_use_certificate_chain_file(context.get(), files.certificate.c_str()) != 1)
    fail("cannot take the certificate " + files.certificate);
  if (SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM) != 1)
    fail("cannot take the key " + files.key);
  if (SSL_CTX_check_private_key(context.get()) != 1) fail("the key " + files.key + " is not the certificate's");
  ask_for_certificates(context.get(), files);
  return context;
}

}  // namespace

Tls::Tls(TlsFiles files) : files_(std::move(files)), context_(read_files(files_)) {}

TlsContext Tls::context() const {
  const std::lock_guard lock(mutex_);
  return context_;
}

void Tls::reload() {
  TlsContext fresh = read_files(files_);
  const std::lock_guard lock(mutex_);
  context_ = std::move(fresh);
}

std::string peer_certificate(const ssl_st* connection) {
  X509* certificate = SSL_get1_peer_certificate(connection);
  if (certificate == nullptr) return {};
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const bool made = X509_digest(certificate, EVP_sha256(), digest.data(), &size) == 1;
  X509_free(certificate);
  return made ? to_hex(std::span<const std::uint8_t>(digest.data(), size)) : std::string();
}

}  // namespace pace
