#include "settlement/pg/process.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>
#include <system_error>

#include "settlement/pg/fault.h"

namespace pace::pg {
namespace {

constexpr int exec_failed = 127;

/// What the child needs, made before the fork: nothing may be allocated after it.
struct Prepared {
  Prepared(const ServerUser& as, const std::vector<std::string>& arguments, const std::filesystem::path& in)
      : user(as), cwd(in.string()) {
    for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
  }
  const ServerUser& user;
  std::string cwd;
  std::vector<char*> argv;
};

enum class Ends { with_us, by_itself };

/// In the child. A clean environment: PGDATA, PGPORT and their like must not reach the server. A tool whose caller was
/// killed would go on in a directory that the next start clears away.
[[noreturn]] void become(const Prepared& prepared, int output, Ends ends) {
  const ServerUser& user = prepared.user;
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  const int null = open("/dev/null", O_RDWR);
  dup2(null, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  close_range(3, UINT_MAX, 0);
  umask(077);
  const bool dropped = !user.drop || (setgroups(user.groups.size(), user.groups.data()) == 0 && setgid(user.gid) == 0 &&
                                      setuid(user.uid) == 0);
  const bool bound = ends == Ends::by_itself || prctl(PR_SET_PDEATHSIG, SIGKILL) == 0;  // setuid() would undo it
  if (dropped && bound && chdir(prepared.cwd.c_str()) == 0) {
    std::array<char*, 3> environment{const_cast<char*>("PATH=/usr/bin:/bin"), const_cast<char*>("LC_ALL=C"), nullptr};
    execve(prepared.argv[0], prepared.argv.data(), environment.data());
  }
  static constexpr std::string_view text = "cannot change user, directory or start the program\n";
  [[maybe_unused]] const auto written = write(STDERR_FILENO, text.data(), text.size());
  _exit(exec_failed);
}

[[noreturn]] void fail(const std::string& what) {
  throw Fault(what + ": " + std::strerror(errno));
}

std::string read_to_end(int from) {
  std::string text;
  std::array<char, 4096> part{};
  for (;;) {
    const ssize_t n = read(from, part.data(), part.size());
    if (n > 0)
      text.append(part.data(), static_cast<std::size_t>(n));
    else if (n == 0 || errno != EINTR)
      return text;
  }
}

int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return exec_failed;  // somebody else reaped it: its result is unknown, so not a success
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

ServerUser server_user() {
  ServerUser user;
  user.drop = geteuid() == 0;
  user.uid = geteuid();
  user.gid = getegid();
  if (!user.drop) return user;
  user.name = "postgres";
  const passwd* entry = getpwnam(user.name.c_str());
  if (entry == nullptr)
    throw Fault("PostgreSQL refuses to run as root, and there is no user postgres to run it as: install postgresql-15");
  user.uid = entry->pw_uid;
  user.gid = entry->pw_gid;
  int count = 64;
  user.groups.resize(64);
  if (getgrouplist(user.name.c_str(), user.gid, user.groups.data(), &count) < 0) count = 0;
  user.groups.resize(static_cast<std::size_t>(count));
  return user;
}

bool can_reach(const ServerUser& user, const std::filesystem::path& directory) {
  if (user.uid == 0) return true;
  for (auto at = std::filesystem::canonical(directory);; at = at.parent_path()) {
    struct stat info {};
    if (stat(at.c_str(), &info) != 0) return false;
    const bool member = std::find(user.groups.begin(), user.groups.end(), info.st_gid) != user.groups.end();
    const mode_t needed = info.st_uid == user.uid ? S_IXUSR : info.st_gid == user.gid || member ? S_IXGRP : S_IXOTH;
    if ((info.st_mode & needed) == 0) return false;
    if (at == at.root_path()) return true;
  }
}

ToolResult run_tool(const ServerUser& user, const std::vector<std::string>& arguments,
                    const std::filesystem::path& cwd) {
  const Prepared prepared(user, arguments, cwd);
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) fail("cannot make a pipe");
  const pid_t child = fork();
  if (child == 0) become(prepared, ends[1], Ends::with_us);
  close(ends[1]);
  if (child < 0) {
    close(ends[0]);
    fail("cannot start " + arguments.front());
  }
  std::string output = read_to_end(ends[0]);
  close(ends[0]);
  return {wait_for(child), std::move(output)};
}

pid_t start_daemon(const ServerUser& user, const std::vector<std::string>& arguments, const std::filesystem::path& cwd,
                   const std::filesystem::path& log) {
  const Prepared prepared(user, arguments, cwd);
  const int output = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (output < 0) fail("cannot open " + log.string());
  const pid_t child = fork();
  if (child == 0) {
    setsid();  // Ctrl-C at our terminal is not the server's
    become(prepared, output, Ends::by_itself);
  }
  close(output);
  if (child < 0) fail("cannot start " + arguments.front());
  return child;
}

}  // namespace pace::pg
