// A running exchange as the command line sees it: where it listens (DATA/ready.json), who we are (DATA/keys/USER.key),
// and its command door. Commands carry request ids, so sending a file twice applies nothing twice.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "engine/message/commands.h"
#include "tools/pace/http_client.h"

namespace pace::tool {

/// What the ready file says.
struct Ready {
  std::string host;
  std::int64_t http_port = 0;
  std::int64_t https_port = 0;  ///< 0: none
  std::int64_t fix_port = 0;
  std::int64_t fix_tls_port = 0;  ///< 0: none
  std::int64_t pid = 0;
};
/// Throws std::runtime_error naming the file when it is missing or not one of ours.
Ready read_ready_file(const std::string& path);
void write_ready_file(const std::string& path, const Ready& ready);

/// The exchange's answer to one command.
struct CommandAnswer {
  std::string request_id;
  std::uint64_t sequence = 0;
  std::string code;  ///< "none" when accepted
  std::string text;  ///< why not
  std::string line;  ///< the whole answer, one JSON object
  [[nodiscard]] bool accepted() const { return code == "none"; }
};

class Server {
 public:
  /// Throws std::runtime_error when the exchange does not run on this directory or the user's key is not there.
  Server(const std::string& data, const std::string& user);

  /// Sends every request that `next` yields, in order, in batches; calls `answered` for each. Throws when the server
  /// refuses the upload itself.
  void send(const std::function<std::optional<Request>()>& next,
            const std::function<void(const CommandAnswer&)>& answered, bool with_events = false);
  CommandAnswer send_one(const Request& request, bool with_events);
  /// The body of a 200; throws with the problem's own words otherwise.
  std::string get(const std::string& target);

 private:
  void flush(std::string& batch, const std::function<void(const CommandAnswer&)>& answered, bool with_events);

  HttpClient client_;
};

/// The user whose key this role's commands are sent with when none is named: "authority", "verifier1" …
std::string default_user(Role role);
/// A request id no other request has: 18 characters of randomness.
ClientId fresh_request_id();

}  // namespace pace::tool
