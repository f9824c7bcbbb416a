#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "engine/base/hex.h"
#include "gateway/auth/credentials.h"
#include "tests/temporary_directory.h"

using namespace pace;
namespace fs = std::filesystem;

namespace {

std::string slurp(const fs::path& file) {
  std::ostringstream out;
  out << std::ifstream(file).rdbuf();
  return out.str();
}

/// Asks again until the answer is yes, for at most five seconds.
template <class Question>
bool becomes_true(const Question& question) {
  for (const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
       std::chrono::steady_clock::now() < end;) {
    if (question()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

const NewUser ann{"ann", {Role::broker, 3}, {.read = true, .trade = true}, Date{}};

}  // namespace

TEST_CASE("credentials: the right secret gives the identity, anything else gives nothing") {
  const test::TemporaryDirectory folder;
  Credentials door(folder.path());
  const std::string secret = door.add_user(ann);
  CHECK(secret.size() == 43);
  const auto identity = door.verify("ann", secret);
  REQUIRE(identity);
  CHECK(identity->sender == Sender{Role::broker, 3});
  CHECK(identity->scopes == Scopes{.read = true, .trade = true});
  CHECK_FALSE(door.verify("ann", secret + "x"));
  CHECK_FALSE(door.verify("ann", ""));
  CHECK_FALSE(door.verify("bob", secret));
  CHECK_FALSE(door.verify("", ""));
}

TEST_CASE("credentials: the secret stands in the key file alone, readable by its owner alone") {
  const test::TemporaryDirectory folder;
  Credentials door(folder.path());
  const std::string secret = door.add_user(ann);
  CHECK(slurp(folder.path() / "keys/ann.key") == secret + "\n");
  CHECK(slurp(folder.path() / "credentials.toml").find(secret) == std::string::npos);
  for (const char* name : {"keys/ann.key", "credentials.toml"}) {
    struct stat info {};
    REQUIRE(::stat((folder.path() / name).c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
  }
}

TEST_CASE("credentials: a challenge proof is good for its nonce and its user only") {
  const test::TemporaryDirectory folder;
  Credentials door(folder.path());
  const std::string secret = door.add_user(ann);
  const std::string nonce = new_nonce();
  const auto proof = login_proof("ann", secret, nonce);
  CHECK(door.verify_proof("ann", nonce, proof));
  CHECK_FALSE(door.verify_proof("ann", new_nonce(), proof));
  CHECK_FALSE(door.verify_proof("bob", nonce, proof));
  CHECK_FALSE(door.verify_proof("ann", nonce, login_proof("ann", secret + "x", nonce)));
}

TEST_CASE("credentials: what the file stores does not log in") {
  const test::TemporaryDirectory folder;
  Credentials door(folder.path());
  door.add_user(ann);
  const std::string file = slurp(folder.path() / "credentials.toml");
  const std::string stored = file.substr(file.find("stored_key = \"") + 14, 64);
  CHECK(digest_from_hex(stored));
  CHECK_FALSE(door.verify("ann", stored));
  const std::string nonce = new_nonce();
  CHECK_FALSE(door.verify_proof("ann", nonce, login_proof("ann", stored, nonce)));
}

// A published example, so that clients in other languages can check theirs (gateway/ws/README.md gives it in Python).
TEST_CASE("credentials: the proof of the documented example") {
  CHECK(to_hex(login_proof("ann", "secret", "nonce")) ==
        "bf0bae19349a4abc48a3251c77ddc4c72222598c34f08811269e242f0d8fe1d1");
}

TEST_CASE("credentials: a disabled user is out at once, an expired one after its last day") {
  const test::TemporaryDirectory folder;
  Credentials door(folder.path());
  const std::string secret = door.add_user(ann);
  NewUser brief{"brief", {Role::bank, 0}, {.admin = true}, make_date(2026, 3, 31)};
  const std::string brief_secret = door.add_user(brief);
  const auto local = [](std::int32_t day, std::int64_t seconds_of_day) {
    return Credentials::Clock::time_point(std::chrono::duration_cast<Credentials::Clock::duration>(
        std::chrono::nanoseconds(at(make_date(2026, 3, day), seconds_of_day).raw())));
  };
  CHECK(door.verify("brief", brief_secret, local(31, 86'399)));
  CHECK_FALSE(door.verify("brief", brief_secret, local(31, 86'400)));
  CHECK_FALSE(door.find("brief", local(31, 86'400)));
  door.disable("ann");
  CHECK_FALSE(door.verify("ann", secret));
  CHECK_FALSE(door.find("ann"));
  CHECK_THROWS_WITH(door.disable("cy"), doctest::Contains("does not exist"));
  CHECK(door.list() ==
        std::vector<std::string>{"ann broker 3 read,trade disabled", "brief bank 0 admin enabled expires 2026-03-31"});
}

TEST_CASE("credentials: a user added by another process is seen without a restart") {
  const test::TemporaryDirectory folder;
  Credentials server(folder.path());
  CHECK_FALSE(server.find("ann"));
  Credentials admin(folder.path());
  const std::string secret = admin.add_user(ann);
  CHECK(becomes_true([&] { return server.verify("ann", secret).has_value(); }));
  admin.disable("ann");
  CHECK(becomes_true([&] { return !server.verify("ann", secret); }));
}

TEST_CASE("credentials: a name that could leave the key folder, or is taken, is refused") {
  const test::TemporaryDirectory folder;
  Credentials door(folder.path());
  for (const char* name : {"", "../x", "a/b", ".hidden", "a b", "0123456789012345678901234567890123"}) {
    NewUser user = ann;
    user.name = name;
    CHECK_THROWS(door.add_user(user));
  }
  door.add_user(ann);
  CHECK_THROWS_WITH(door.add_user(ann), doctest::Contains("exists already"));
}

TEST_CASE("credentials: a wrong file stops the start and names the field, but not a running server") {
  const test::TemporaryDirectory folder;
  const std::string key(64, '0');
  const auto fails_with = [&](const std::string& text, const char* what) {
    std::ofstream(folder.path() / "credentials.toml") << text;
    CHECK_THROWS_WITH(Credentials(folder.path()), doctest::Contains(what));
  };
  fails_with("[user.ann]\nrole = \"king\"\n", "user.ann.role");
  fails_with("[user.ann]\nrole = \"broker\"\nnumber = -1\n", "user.ann.number");
  fails_with("[user.ann]\nrole = \"broker\"\nnumber = 1\nstored_key = \"zz\"\n", "user.ann.stored_key");
  fails_with("[user.ann]\nrole=\"broker\"\nnumber=1\nstored_key=\"" + key + "\"\nscopes=[\"fly\"]\n",
             "user.ann.scopes");
  fails_with("[user.ann]\ncolour = 1\n", "colour");
  fails_with("[user.ann]\nrole = \n", "line 2");
  fs::remove(folder.path() / "credentials.toml");

  Credentials door(folder.path());
  const std::string secret = door.add_user(ann);
  std::ofstream(folder.path() / "credentials.toml") << "[user.ann\n";
  std::this_thread::sleep_for(std::chrono::milliseconds(1050));  // longer than the file goes unseen
  CHECK(door.verify("ann", secret));
}
