// Inside settlement/pg: starts PostgreSQL's programs, as an unprivileged user when we are root.
// Children get no descriptor of ours: a postmaster that outlives us must not hold our data directory's lock.
// Thread rule: any thread; between fork and exec only async-signal-safe calls are made.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace pace::pg {

/// Who the server runs as.
struct ServerUser {
  uid_t uid{};
  gid_t gid{};
  std::string name;
  std::vector<gid_t> groups;
  /// We are root and have to become that user first.
  bool drop = false;
};

/// The caller, or as root the user `postgres` of the Debian package. Throws Fault when there is none.
ServerUser server_user();

/// The user may pass through the directory, and through all above it. Access lists beyond the mode bits are not seen.
bool can_reach(const ServerUser& user, const std::filesystem::path& directory);

struct ToolResult {
  int status;          ///< exit status; 128 + signal when it was killed
  std::string output;  ///< stdout and stderr
};
/// Runs a program to its end in directory `cwd`.
ToolResult run_tool(const ServerUser& user, const std::vector<std::string>& arguments,
                    const std::filesystem::path& cwd);

/// Starts a program in a session of its own, its output appended to `log`. It outlives us. Throws Fault.
pid_t start_daemon(const ServerUser& user, const std::vector<std::string>& arguments, const std::filesystem::path& cwd,
                   const std::filesystem::path& log);

}  // namespace pace::pg
