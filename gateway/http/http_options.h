// What the web door can be told. Every limit that bounds memory or time stands here.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/message/commands.h"
#include "engine/message/rejects.h"

namespace pace {

class Tls;

/// Called before a command is submitted, from any thread: a reject here is the answer (emission signatures).
using CommandScreen = std::function<Outcome(const Request&)>;

/// One figure for /metrics, Prometheus rules: names in snake_case with the unit last, counters end in _total.
struct Figure {
  enum class Kind : std::uint8_t { gauge, counter };
  std::string name;
  std::string help;
  Kind kind = Kind::gauge;
  double value = 0;
  std::vector<std::pair<std::string, std::string>> labels;
};

struct HttpOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;          ///< 0: any free one
  std::shared_ptr<const Tls> tls;  ///< null: no TLS port is opened
  std::uint16_t tls_port = 0;      ///< 0: any free one
  std::size_t max_connections = 10'000;
  std::size_t max_uploads = 4;  ///< command uploads at one time
  std::size_t max_header_bytes = 16 * 1024;
  std::size_t max_body_bytes = 16 * 1024 * 1024;
  std::chrono::milliseconds header_timeout{10'000};  ///< for a whole header, or the next request on a kept connection
  std::chrono::milliseconds body_timeout{60'000};    ///< for a whole body
  std::chrono::milliseconds write_timeout{30'000};   ///< for one piece of an answer
  std::chrono::milliseconds answer_timeout{10'000};  ///< for the engine to answer a query

  std::vector<std::string> allowed_origins;  ///< for /ws, besides the page's own host: "https://example.org"
  std::size_t ws_max_message_bytes = 64 * 1024;
  std::size_t ws_max_queue_bytes = 1024 * 1024;       ///< a reader further behind than this is dropped, close code 4008
  int ws_send_buffer_bytes = 128 * 1024;              ///< kernel buffer per session; 0 leaves it to the kernel
  std::chrono::milliseconds ws_idle_timeout{30'000};  ///< half of it idle sends a ping, all of it closes
  std::chrono::milliseconds ws_heartbeat{2'000};
  double rate_per_second = 1'000;  ///< commands and requests per user (per session before login)
  double rate_burst = 2'000;
  std::uint64_t history_entries = 1'000'000;  ///< how far back trades and the day's figures are read at start

  CommandScreen screen;                          ///< may be empty
  std::function<std::vector<Figure>()> figures;  ///< may be empty; called on the io thread, must be quick
  /// What the books and the registry's store say, as JSON; nothing when they know no such account. Called on the pool;
  /// what they throw means that they cannot be asked now. May be empty: then there are none.
  std::function<std::optional<std::string>(Date, AccountId)> statement;
  std::function<std::optional<std::string>(AccountId)> registry_statement;
  /// Why the exchange is not ready, or empty: /readyz. May be empty; called on the io thread.
  std::function<std::string()> not_ready;
};

}  // namespace pace
