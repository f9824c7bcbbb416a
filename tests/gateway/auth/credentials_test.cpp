#include <doctest/doctest.h>
#include <sodium.h>
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

TEST_CASE("credentials: a key opens as its user, with no scope that the user has not") {
  const test::TemporaryDirectory folder;
  Credentials door(folder.path());
  door.add_user(ann);
  const std::string secret = door.add_key({"ann-bot", "ann", {.read = true, .admin = true}, Date{}, std::nullopt});
  CHECK(slurp(folder.path() / "keys/ann-bot.key") == secret + "\n");
  const auto identity = door.verify("ann-bot", secret);
  REQUIRE(identity);
  CHECK(*identity == Identity{"ann", {Role::broker, 3}, {.read = true}, "ann-bot"});
  const std::string nonce = new_nonce();
  CHECK(door.verify_proof("ann-bot", nonce, login_proof("ann-bot", secret, nonce)) == identity);
  CHECK_FALSE(door.verify("ann", secret));
  CHECK(Credentials(folder.path()).find("ann-bot") == identity);  // as the file says it
  CHECK_THROWS_WITH(door.add_key({"ann", "ann", {}, Date{}, std::nullopt}), doctest::Contains("exists already"));
  CHECK_THROWS_WITH(door.add_key({"x", "bob", {}, Date{}, std::nullopt}), doctest::Contains("does not exist"));
  CHECK_THROWS_WITH(door.add_key({"x", "ann-bot", {}, Date{}, std::nullopt}), doctest::Contains("does not exist"));
  CHECK_THROWS(door.add_key({"../x", "ann", {}, Date{}, std::nullopt}));
}

TEST_CASE("credentials: an Ed25519 key logs in by signature alone") {
  const test::TemporaryDirectory folder;
  Credentials door(folder.path());
  door.add_user(ann);
  Credentials::Digest public_key{};
  std::array<unsigned char, crypto_sign_SECRETKEYBYTES> private_key{};
  crypto_sign_keypair(public_key.data(), private_key.data());
  CHECK(door.add_key({"signer", "ann", {.trade = true}, Date{}, public_key}).empty());
  CHECK_FALSE(fs::exists(folder.path() / "keys/signer.key"));
  const auto signature_of = [&](const std::string& text) {
    Credentials::Signature out{};
    crypto_sign_detached(out.data(), nullptr, reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                         private_key.data());
    return out;
  };
  const std::string text = login_text("signer", "n1");
  CHECK(text == "PACE login:n1:signer");
  CHECK(door.verify_signature("signer", text, signature_of(text)));
  CHECK_FALSE(door.verify_signature("signer", login_text("signer", "n2"), signature_of(text)));
  CHECK_FALSE(door.verify_signature("ann", login_text("ann", "n1"), signature_of(login_text("ann", "n1"))));
  CHECK_FALSE(door.verify_signature("nobody", text, signature_of(text)));
  CHECK_FALSE(door.verify_signature("signer", text, Credentials::Signature{}));
  CHECK_FALSE(door.verify("signer", ""));
  CHECK_FALSE(door.verify_proof("signer", "n1", Credentials::Digest{}));
  CHECK(signature_from_hex(to_hex(signature_of(text))) == signature_of(text));
  CHECK_FALSE(signature_from_hex("00"));
}

TEST_CASE("credentials: why an open session must end is known") {
  const test::TemporaryDirectory folder;
  Credentials door(folder.path());
  door.add_user(ann);
  const std::string secret = door.add_key({"bot", "ann", {.read = true}, make_date(2026, 3, 31), std::nullopt});
  const auto on = [](std::int32_t day) {
    return Credentials::Clock::time_point(std::chrono::duration_cast<Credentials::Clock::duration>(
        std::chrono::nanoseconds(at(make_date(2026, 3, day), hms(12, 0)).raw())));
  };
  const Identity bot = *door.verify("bot", secret, on(1)), user = *door.find("ann");
  CHECK(door.standing(bot, on(31)) == Standing::good);
  CHECK(door.standing(bot, on(32)) == Standing::expired);
  Identity more = bot;
  more.scopes.trade = true;
  CHECK(door.standing(more, on(1)) == Standing::changed);
  CHECK(door.standing({"bob", {}, {}, "bob"}) == Standing::removed);
  Credentials admin(folder.path());
  admin.revoke_key("bot");
  CHECK(becomes_true([&] { return door.standing(bot, on(1)) == Standing::revoked; }));
  CHECK_FALSE(door.verify("bot", secret, on(1)));
  CHECK(door.standing(user) == Standing::good);
  door.disable("ann");
  CHECK(door.standing(user) == Standing::disabled);
  CHECK(door.standing(bot, on(1)) == Standing::disabled);
  CHECK_THROWS_WITH(door.revoke_key("ann"), doctest::Contains("does not exist"));
  CHECK_THROWS_WITH(door.disable("bot"), doctest::Contains("does not exist"));
  CHECK(door.list() ==
        std::vector<std::string>{"ann broker 3 read,trade disabled", "bot key of ann read revoked expires 2026-03-31"});
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
  fails_with("[key.bot]\nuser = \"ann\"\nscopes=[]\nstored_key=\"" + key + "\"\n", "key.bot.user");
  fails_with("[key.bot]\nuser = \"ann\"\nscopes=[]\n", "one of stored_key and public_key");
  fails_with("[key.bot]\nuser = \"ann\"\nscopes=[]\npublic_key=\"1\"\n", "key.bot.public_key");
  fs::remove(folder.path() / "credentials.toml");

  Credentials door(folder.path());
  const std::string secret = door.add_user(ann);
  std::ofstream(folder.path() / "credentials.toml") << "[user.ann\n";
  std::this_thread::sleep_for(std::chrono::milliseconds(1050));  // longer than the file goes unseen
  CHECK(door.verify("ann", secret));
}
