// Known answers from certificate transparency's reference tests (RFC 6962 trees of eight leaves), and the properties of
// every tree up to 130 leaves against a plain recursive definition.
#include <doctest/doctest.h>

#include <string>

#include "registry/audit/merkle.h"

namespace pace::audit {
namespace {

const std::vector<std::string> known_leaves{std::string(),
                                            std::string(1, '\0'),
                                            "\x10",
                                            "\x20\x21",
                                            "\x30\x31",
                                            "\x40\x41\x42\x43",
                                            "\x50\x51\x52\x53\x54\x55\x56\x57",
                                            "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f"};

std::vector<Hash> hashes_of(const std::vector<std::string>& leaves) {
  std::vector<Hash> hashes;
  for (const std::string& leaf : leaves) hashes.push_back(leaf_hash(bytes_of(leaf)));
  return hashes;
}

std::vector<Hash> numbered(std::uint64_t n) {
  std::vector<std::string> leaves;
  for (std::uint64_t i = 0; i < n; ++i) leaves.push_back("leaf " + std::to_string(i));
  return hashes_of(leaves);
}

/// MTH as RFC 6962 2.1 writes it down.
Hash plain_root(std::span<const Hash> leaves) {
  if (leaves.empty()) return empty_root();
  if (leaves.size() == 1) return leaves[0];
  std::size_t k = 1;
  while (k * 2 < leaves.size()) k *= 2;
  return node_hash(plain_root(leaves.first(k)), plain_root(leaves.subspan(k)));
}

}  // namespace

TEST_CASE("merkle: known roots of certificate transparency") {
  const std::vector<std::string> roots{"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                                       "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                                       "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                                       "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                                       "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                                       "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                                       "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                                       "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  CHECK(to_hex(empty_root()) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  const std::vector<Hash> leaves = hashes_of(known_leaves);
  for (std::size_t n = 1; n <= leaves.size(); ++n) CHECK(to_hex(root_of(std::span(leaves).first(n))) == roots[n - 1]);
}

TEST_CASE("merkle: known inclusion and consistency proofs") {
  const std::vector<Hash> leaves = hashes_of(known_leaves);
  const Proof path = inclusion_proof(std::span(leaves).first(8), 5);
  REQUIRE(path.size() == 3);
  CHECK(to_hex(path[0]) == "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b");
  CHECK(to_hex(path[1]) == "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0");
  CHECK(to_hex(path[2]) == "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7");
  const Proof growth = consistency_proof(std::span(leaves).first(8), 6);
  REQUIRE(growth.size() == 3);
  CHECK(to_hex(growth[0]) == "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a");
  CHECK(to_hex(growth[1]) == "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0");
  CHECK(to_hex(growth[2]) == "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7");
}

TEST_CASE("merkle: the compact range has the plain root at every size") {
  const std::vector<Hash> leaves = numbered(130);
  CompactRange range;
  for (std::size_t n = 0; n <= leaves.size(); ++n) {
    CHECK(range.size() == n);
    CHECK(range.root() == plain_root(std::span(leaves).first(n)));
    if (n < leaves.size()) range.append(leaves[n]);
  }
}

TEST_CASE("merkle: every inclusion proof up to 130 leaves holds, and for no other leaf or size") {
  const std::vector<Hash> all = numbered(131);
  for (std::uint64_t n = 1; n <= 130; ++n) {
    const auto leaves = std::span(all).first(n);
    const Hash root = root_of(leaves);
    for (std::uint64_t i = 0; i < n; ++i) {
      const Proof proof = inclusion_proof(leaves, i);
      REQUIRE(verify_inclusion(leaves[i], i, n, proof, root));
      REQUIRE_FALSE(verify_inclusion(all[130], i, n, proof, root));
      REQUIRE_FALSE(verify_inclusion(leaves[i], i, n, proof, all[130]));
      if (n > 1) REQUIRE_FALSE(verify_inclusion(leaves[i], (i + 1) % n, n, proof, root));
      Proof longer = proof;
      longer.push_back(root);
      REQUIRE_FALSE(verify_inclusion(leaves[i], i, n, longer, root));
    }
    REQUIRE_FALSE(verify_inclusion(leaves[0], n, n, {}, root));
  }
}

TEST_CASE("merkle: every consistency proof up to 130 leaves holds, and for no other root") {
  const std::vector<Hash> all = numbered(130);
  for (std::uint64_t n = 0; n <= 130; ++n) {
    const auto leaves = std::span(all).first(n);
    const Hash root = root_of(leaves);
    for (std::uint64_t m = 0; m <= n; ++m) {
      const Hash old_root = root_of(leaves.first(m));
      const Proof proof = consistency_proof(leaves, m);
      REQUIRE(verify_consistency(m, old_root, n, root, proof));
      Hash other = old_root;
      other[7] ^= 1;
      REQUIRE_FALSE(verify_consistency(m, other, n, root, proof));
      if (m == 0 || m == n) continue;
      Hash other_root = root;
      other_root[7] ^= 1;
      REQUIRE_FALSE(verify_consistency(m, old_root, n, other_root, proof));
      Proof shorter = proof;
      shorter.pop_back();
      REQUIRE_FALSE(verify_consistency(m, old_root, n, root, shorter));
    }
  }
  CHECK_FALSE(verify_consistency(3, root_of(all), 2, root_of(all), {}));
}

}  // namespace pace::audit
