// config/pace.toml, read strictly: every key is known and documented in the file, every value has its type, range and
// unit, and an error names the file, the line, the key, the value and what is allowed.
#pragma once

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace pace::tool {

struct ConfigError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Sizes in bytes, counts plain.
struct Config {
  // [clock]
  std::string clock = "real";  ///< real or simulated
  // [log]
  std::string log_level = "info";
  bool log_json = false;
  // [http] and [fix]
  std::string http_address = "127.0.0.1";
  std::int64_t http_port = 8080;
  std::int64_t http_connections = 10'000;
  std::int64_t http_body = 16 << 20;
  std::string http_origins;
  std::int64_t http_tls_port = 8443;
  std::string http_certificate, http_key, http_client_ca;
  bool http_client_required = false;
  std::string fix_address = "127.0.0.1";
  std::int64_t fix_port = 9880;
  std::string fix_dictionary;
  std::int64_t fix_connections = 2'000;
  std::int64_t fix_outbound = 64 << 20;
  std::chrono::milliseconds fix_logon_timeout{10'000};
  std::string fix_session_day;
  std::int64_t fix_messages = 20'000;
  std::int64_t fix_burst = 20'000;
  std::int64_t fix_tls_port = 9881;
  std::string fix_tls_certificate, fix_tls_key, fix_tls_client_ca;
  bool fix_tls_client_required = false;
  // [engine]
  std::int64_t accounts = 16'777'216;
  std::int64_t open_orders = 1'048'576;
  std::int64_t requests_per_day = 20'000'000;
  std::int64_t requests_touched = 0;
  std::int64_t queue = 65'536;
  // [journal]
  std::int64_t segment = 64 << 20;
  std::int64_t ring = 256 << 20;
  std::int64_t snapshot_every = 10'000'000;
  // [postgres]
  std::string conninfo;
  std::int64_t books_batch = 5'000;
};

/// Every key with what it takes, one a line: for --help.
std::string config_help();

/// Reads the file (empty path: defaults only), then applies overrides of the form "http.port=0".
/// Throws ConfigError.
Config load_config(const std::string& path, const std::vector<std::string>& overrides);

}  // namespace pace::tool
