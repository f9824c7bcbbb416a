// A private PostgreSQL 15 cluster under one directory: made on first start, reached over a Unix socket only, by nobody
// but the directory's owner (mode 0700; trust authentication behind it). As root the server runs as user postgres.
// Layout of `directory`: data/ (the cluster), socket/, postgres.log. Where the path is too long for a socket (107
// bytes) the socket stands in /tmp/pace-pg-…; where the unprivileged user cannot reach the directory at all (a parent
// of mode 0700, e.g. /root), `directory` becomes a symbolic link to /var/lib/pace/pg-….
// A postmaster that survived a killed exchange is taken over; a stale postmaster.pid is not in the way.
// Thread rule: one thread at a time.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "settlement/pg/fault.h"
#include "settlement/pg/process.h"

namespace pace::pg {

struct ClusterOptions {
  std::filesystem::path directory;  ///< DATA/pg
  std::filesystem::path binaries;   ///< empty: /usr/lib/postgresql/15/bin, else what pg_config says
  std::string database = "pace";    ///< made on first start
  std::string shared_buffers = "256MB";
  std::string max_wal_size = "4GB";
  bool fsync = true;  ///< false for tests only
  std::chrono::seconds start_timeout{60};
  std::function<void(std::string_view)> log;  ///< one line per thing done
};

class Cluster {
 public:
  /// Finds the binaries and the user; touches nothing yet. Throws Fault saying what to install or correct.
  explicit Cluster(ClusterOptions options);

  /// Makes the cluster and the database where they are missing, starts or takes over the server, waits until it
  /// answers. Throws Fault with the end of the server's log. Running already: nothing happens.
  void start();
  /// Fast shutdown: sessions are ended, everything is durable. Not running: nothing happens.
  void stop();
  [[nodiscard]] bool running() const;

  /// For Connection, after start(). The user is `pace`, a superuser of this private cluster.
  [[nodiscard]] std::string conninfo() const { return conninfo(options_.database); }
  [[nodiscard]] std::string conninfo(const std::string& database) const;
  [[nodiscard]] const std::filesystem::path& socket_directory() const { return socket_; }
  /// Of the running server; nothing when it is down.
  [[nodiscard]] std::optional<int> postmaster() const;

 private:
  void place();
  void initialise();
  void configure();
  void launch();
  void make_database();
  [[nodiscard]] bool await(int pid) const;
  [[nodiscard]] std::string log_tail() const;
  void say(std::string_view line) const;

  ClusterOptions options_;
  ServerUser user_;
  std::filesystem::path home_, data_, socket_;
};

}  // namespace pace::pg
