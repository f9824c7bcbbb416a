// Addresses of HTTP requests: what is read is read the same when every byte of it is written as %XX, and never longer
// than what came; numbers of a query keep their bounds.
#include "engine/base/check.h"
#include "gateway/http/http_api.h"
#include "tests/fuzz/target.h"

namespace pace::fuzz {
namespace {

constexpr std::uint64_t least = 1, most = 1'000, otherwise = 100;

std::string escaped(std::string_view text, bool keep_slashes) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (keep_slashes && c == '/') {
      out += c;
    } else {
      out += {'%', digits[byte >> 4], digits[byte & 15]};
    }
  }
  return out;
}

std::string address_of(const HttpCall& call) {
  std::string out = escaped(call.path, true);
  char before = '?';
  for (const auto& [name, value] : call.query) {
    out += before + escaped(name, false) + "=" + escaped(value, false);
    before = '&';
  }
  return out;
}

}  // namespace

void run_input(BytesView bytes) {
  const std::string_view target(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const auto call = parse_target("GET", target);
  if (!call) return;
  PACE_CHECK(call->path.size() <= target.size());
  const std::string written = address_of(*call);
  const auto again = parse_target("GET", written);
  PACE_CHECK(again && again->path == call->path && again->query == call->query);
  for (const auto& [name, value] : call->query) {
    const auto number = query_number(*call, name, otherwise, least, most);
    PACE_CHECK(!number || (*number >= least && *number <= most));
    if (const auto account = account_of(value)) PACE_CHECK(account_of(std::to_string(account->raw())) == account);
  }
}

std::vector<Bytes> seeds() {
  std::vector<Bytes> seeds;
  for (const std::string_view address :
       {"/", "/market", "/api/v1/trades/PCA%2D2026?limit=10&after=4711", "/api/v1/candles/PCA-2026?minutes=15&from=0",
        "/api/v1/accounts/195/holdings", "/api/v1/statements/195?day=2026-09-15", "/market/../../etc/passwd",
        "/ws?compression=deflate", "/api/v1/book/?a=b&a=%zz&=", "//host/%00?#", "/a?x=1+2&y=%E7%A2%B3&&z"})
    seeds.emplace_back(address.begin(), address.end());
  return seeds;
}

}  // namespace pace::fuzz
