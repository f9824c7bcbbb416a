#include "registry/audit/hash.h"

#include <openssl/evp.h>

#include <stdexcept>

namespace pace::audit {

struct Hasher::Context {
  EVP_MD_CTX* evp = EVP_MD_CTX_new();
  Context() { start(); }
  ~Context() { EVP_MD_CTX_free(evp); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  void start() const {
    static const EVP_MD* const algorithm = EVP_sha256();
    if (evp == nullptr || EVP_DigestInit_ex(evp, algorithm, nullptr) != 1)
      throw std::runtime_error("SHA-256 is not available");
  }
};

Hasher::Hasher() : context_(std::make_unique<Context>()) {}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::update(BytesView bytes) {
  if (EVP_DigestUpdate(context_->evp, bytes.data(), bytes.size()) != 1) throw std::runtime_error("SHA-256 failed");
}

Hash Hasher::finish() {
  Hash digest{};
  if (EVP_DigestFinal_ex(context_->evp, digest.data(), nullptr) != 1) throw std::runtime_error("SHA-256 failed");
  context_->start();
  return digest;
}

Hash hash_of(BytesView bytes) {
  Hasher hasher;
  hasher.update(bytes);
  return hasher.finish();
}

std::optional<Hash> hash_from_hex(std::string_view text) {
  Hash hash{};
  if (!read_hex(text, hash)) return std::nullopt;
  return hash;
}

std::string to_base64(BytesView bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int n =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(n));
  return text;
}

std::optional<Bytes> from_base64(std::string_view text) {
  if (text.size() % 4 != 0 || text.empty()) return std::nullopt;
  Bytes bytes(text.size() / 4 * 3);
  const int n =
      EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (n < 0) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(n) - static_cast<std::size_t>(text.ends_with("==")  ? 2
                                                                      : text.ends_with("=") ? 1
                                                                                            : 0));
  if (to_base64(bytes) != text) return std::nullopt;
  return bytes;
}

}  // namespace pace::audit
