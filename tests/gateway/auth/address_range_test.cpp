#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>

#include "gateway/auth/address_range.h"
#include "gateway/auth/credentials.h"

namespace pace {

TEST_CASE("address range: an address is in the ranges that begin as it does") {
  CHECK(in_range("10.1.2.3", "10.1.0.0/16"));
  CHECK_FALSE(in_range("10.2.2.3", "10.1.0.0/16"));
  CHECK(in_range("192.0.2.7", "192.0.2.7"));
  CHECK_FALSE(in_range("192.0.2.8", "192.0.2.7"));
  CHECK(in_range("203.0.113.200", "203.0.113.128/25"));
  CHECK_FALSE(in_range("203.0.113.127", "203.0.113.128/25"));
  CHECK(in_range("8.8.8.8", "0.0.0.0/0"));
  CHECK(in_range("2001:db8:7::1", "2001:db8::/32"));
  CHECK_FALSE(in_range("2001:db9::1", "2001:db8::/32"));
}

TEST_CASE("address range: the two families are apart, but an IPv4 address over IPv6 is the IPv4 address") {
  CHECK(in_range("::ffff:10.1.2.3", "10.1.0.0/16"));
  CHECK_FALSE(in_range("10.1.2.3", "::/0"));
  CHECK_FALSE(in_range("2001:db8::1", "0.0.0.0/0"));
}

TEST_CASE("address range: what is no range is refused") {
  for (const char* wrong : {"", "10.1", "10.1.0.0/33", "10.1.0.1/16", "10.1.0.0/", "10.1.0.0/-1", "10.1.0.0/16x",
                            "2001:db8::/129", "example.org", "10.1.0.0 /16"})
    CHECK_MESSAGE(!well_formed_range(wrong), wrong);
  CHECK_FALSE(in_range("10.1.2.3", "nonsense"));
  CHECK_FALSE(in_range("nonsense", "10.1.0.0/16"));
}

TEST_CASE("credentials: how a login's FIX sessions are opened is kept, and a change ends what is open") {
  const auto data = std::filesystem::temp_directory_path() / ("pace-access-" + std::to_string(::getpid()));
  std::filesystem::remove_all(data);
  Credentials writer(data);
  const Access access{{"10.1.0.0/16", "2001:db8::1"}, std::string(64, 'b'), true};
  const std::string secret =
      writer.add_user({"ann", {Role::broker, 1}, {.trade = true, .drop_copy = true}, {}, access});
  CHECK_THROWS(writer.add_user({"bob", {Role::broker, 2}, {}, {}, {{"10.1.0.0/99"}, "", false}}));
  CHECK_THROWS(writer.add_user({"bob", {Role::broker, 2}, {}, {}, {{}, "abc", false}}));
  Credentials reader(data);
  const auto ann = reader.verify("ann", secret);
  REQUIRE(ann);
  CHECK(ann->access == access);
  CHECK(ann->scopes.drop_copy);
  CHECK(reader.standing(*ann) == Standing::good);
  Identity before = *ann;
  before.access.addresses.clear();
  CHECK(reader.standing(before) == Standing::changed);
  std::filesystem::remove_all(data);
}

}  // namespace pace
