#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "registry/audit/minisign.h"
#include "registry/audit/signed_note.h"
#include "tests/registry/audit/small_log.h"

namespace pace::audit {

TEST_CASE("keys: made once, read again, never overwritten, secret half private") {
  const TemporaryDirectory directory;
  make_audit_keys(directory.path() / "keys", "pace/test");
  const AuditKeys keys = load_audit_keys(directory.path() / "keys");
  CHECK(keys.name == "pace/test");
  CHECK(parse_public_keys(read_file(directory.path() / "keys" / "audit.pub")) == keys.public_keys());
  CHECK((std::filesystem::status(directory.path() / "keys" / "audit.key").permissions() &
         std::filesystem::perms(077)) == std::filesystem::perms::none);
  CHECK_THROWS(make_audit_keys(directory.path() / "keys", "pace/test"));
  CHECK_THROWS(make_audit_keys(directory.path() / "other", "with blank"));
  CHECK_THROWS(load_audit_keys(directory.path() / "other"));
}

TEST_CASE("keys: the public text has one form, and any flipped byte changes or breaks it") {
  const PublicKeys keys = test_keys().public_keys();
  const std::string text = to_text(keys);
  REQUIRE(parse_public_keys(text) == keys);
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string flipped = text;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    REQUIRE(parse_public_keys(flipped) != keys);
  }
}

TEST_CASE("signed note: the example of the specification verifies") {
  // c2sp.org/signed-note names this key; the note is Go's sumdb/note test vector.
  const auto keys = parse_verifier_key("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
  REQUIRE(keys);
  const std::string text =
      "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
  const auto line =
      from_base64("x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=");
  REQUIRE(line);
  REQUIRE(line->size() == 68);
  Signature signature{};
  std::copy(line->begin() + 4, line->end(), signature.begin());
  CHECK(verify_signature(keys->checkpoint, bytes_of(text), signature));
}

TEST_CASE("checkpoint: opens with its key, and no flipped byte goes unnoticed") {
  const AuditKeys keys = test_keys();
  const Checkpoint checkpoint{.origin = keys.name, .size = 1234, .root = hash_of(bytes_of("x"))};
  const std::string note = sign_checkpoint(checkpoint, keys);
  CHECK(open_checkpoint(note, keys.public_keys()) == checkpoint);
  for (std::size_t i = 0; i < note.size(); ++i) {
    std::string flipped = note;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    REQUIRE_FALSE(open_checkpoint(flipped, keys.public_keys()));
  }
  PublicKeys other = keys.public_keys();
  other.checkpoint = SecretKey::generate().public_key();
  CHECK_FALSE(open_checkpoint(note, other));
}

TEST_CASE("minisign: the real minisign accepts our signature and refuses another content") {
  const TemporaryDirectory directory;
  const AuditKeys keys = test_keys();
  const std::string content = "abc  file\n";
  write_file(directory.path() / "minisign.pub", minisign_public_file(keys.public_keys()));
  write_file(directory.path() / "SHA256SUMS", content);
  write_file(directory.path() / "SHA256SUMS.minisig", minisign(content, "trusted words", keys));
  const std::string verify = "cd " + directory.path().string() + " && minisign -V -p minisign.pub -m SHA256SUMS";
  const ShellResult good = shell(verify);
  CHECK(good.status == 0);
  CHECK(good.output.find("trusted words") != std::string::npos);
  write_file(directory.path() / "SHA256SUMS", "abd  file\n");
  CHECK(shell(verify).status != 0);
}

TEST_CASE("minisign: ours opens what it wrote, and no flipped byte of the file goes unnoticed") {
  const AuditKeys keys = test_keys();
  const std::string file = minisign("content", "comment", keys);
  CHECK(open_minisign(file, "content", keys.public_keys()) == "comment");
  CHECK_FALSE(open_minisign(file, "Content", keys.public_keys()));
  for (std::size_t i = 0; i < file.size(); ++i) {
    std::string flipped = file;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    REQUIRE_FALSE(open_minisign(flipped, "content", keys.public_keys()));
  }
}

}  // namespace pace::audit
