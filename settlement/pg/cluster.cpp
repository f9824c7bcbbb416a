#include "settlement/pg/cluster.h"

#include <libpq-fe.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <fstream>
#include <thread>

#include "engine/base/hex.h"
#include "engine/base/sha256.h"
#include "settlement/pg/connection.h"

namespace pace::pg {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t longest_socket_path = 107;
constexpr std::string_view socket_name = "/.s.PGSQL.5432";
constexpr std::string_view version = "15";
constexpr auto poll = std::chrono::milliseconds(20);

/// Twelve hex digits that tell one path from another.
std::string path_tag(const fs::path& path) {
  return to_hex(sha256(path.string())).substr(0, 12);
}

fs::path find_binaries(const ServerUser& user, const fs::path& asked) {
  const auto complete = [](const fs::path& folder) {
    return fs::exists(folder / "initdb") && fs::exists(folder / "postgres");
  };
  const fs::path debian = "/usr/lib/postgresql/15/bin";
  if (!asked.empty() && !complete(asked)) throw Fault("no initdb and postgres in " + asked.string());
  if (!asked.empty()) return asked;
  if (complete(debian)) return debian;
  if (fs::exists("/usr/bin/pg_config")) {
    std::string folder = run_tool(user, {"/usr/bin/pg_config", "--bindir"}, "/").output;
    while (folder.ends_with('\n')) folder.pop_back();
    if (complete(folder)) return folder;
  }
  throw Fault("PostgreSQL 15 is not installed: no initdb and postgres in " + debian.string() +
              "; install postgresql-15");
}

/// A directory of the server's user alone; made by us before, it may still be ours.
void claim_directory(const ServerUser& user, const fs::path& path) {
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    throw Fault("cannot make " + path.string() + ": " + std::strerror(errno));
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0 || !S_ISDIR(info.st_mode) ||
      (info.st_uid != user.uid && info.st_uid != geteuid()))
    throw Fault(path.string() + " is not a directory of ours; remove it");
  if (info.st_uid != user.uid && chown(path.c_str(), user.uid, user.gid) != 0)
    throw Fault("cannot give " + path.string() + " to user " + user.name + ": " + std::strerror(errno));
  if (chmod(path.c_str(), 0700) != 0)
    throw Fault("cannot set the mode of " + path.string() + ": " + std::strerror(errno));
}

std::optional<int> read_pid(const fs::path& file) {
  std::ifstream in(file);
  int pid = 0;
  if (!(in >> pid) || pid <= 0) return std::nullopt;
  return pid;
}

/// A postmaster's working directory is its data directory. A dead process, a zombie and a recycled number have another.
bool works_in(int pid, const fs::path& data) {
  std::error_code error;
  const fs::path cwd = fs::read_symlink("/proc/" + std::to_string(pid) + "/cwd", error);
  return !error && cwd == data;
}

std::string conninfo_value(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted += '\'';
}

std::string setting_value(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  return quoted += '\'';
}

}  // namespace

Cluster::Cluster(ClusterOptions options) : options_(std::move(options)), user_(server_user()) {
  if (options_.directory.empty()) throw Fault("the cluster needs a directory");
  options_.directory = fs::absolute(options_.directory).lexically_normal();
  options_.binaries = find_binaries(user_, options_.binaries);
}

void Cluster::say(std::string_view line) const {
  if (options_.log) options_.log(line);
}

/// Makes the directory, or the link to one that the server's user can reach, and decides where data and socket stand.
void Cluster::place() {
  const fs::path& directory = options_.directory;
  if (!fs::exists(fs::symlink_status(directory))) {
    fs::create_directories(directory.parent_path());
    if (can_reach(user_, directory.parent_path())) {
      claim_directory(user_, directory);
    } else {
      const fs::path elsewhere = fs::path("/var/lib/pace") / ("pg-" + path_tag(directory));
      fs::create_directories(elsewhere.parent_path());
      claim_directory(user_, elsewhere);
      fs::create_directory_symlink(elsewhere, directory);
      say("user " + user_.name + " cannot reach " + directory.string() + "; the database stands in " +
          elsewhere.string());
    }
  }
  home_ = fs::canonical(directory);
  claim_directory(user_, home_);
  if (!can_reach(user_, home_))
    throw Fault("user " + user_.name + ", who runs PostgreSQL for root, cannot reach " + home_.string() +
                ": give the directories above it execute permission for others, or move the data directory");
  data_ = home_ / "data";
  socket_ = home_ / "socket";
  if (socket_.string().size() + socket_name.size() > longest_socket_path)
    socket_ = fs::path("/tmp") / ("pace-pg-" + path_tag(home_));
}

/// initdb into a directory of another name, renamed when it is whole: a crash in the middle leaves nothing half made.
void Cluster::initialise() {
  const fs::path half = home_ / "data.new";
  fs::remove_all(half);
  say("making the PostgreSQL cluster in " + data_.string());
  const ToolResult made = run_tool(
      user_,
      {(options_.binaries / "initdb").string(), "--pgdata=" + half.string(), "--username=pace", "--auth=trust",
       "--encoding=UTF8", "--locale=C", "--no-instructions", options_.fsync ? "--data-checksums" : "--no-sync"},
      home_);
  if (made.status != 0) throw Fault("initdb failed (status " + std::to_string(made.status) + "): " + made.output);
  std::ofstream out(half / "postgresql.conf", std::ios::app);
  out << "\ninclude 'pace.conf'  # written at every start\n";
  if (!out.flush()) throw Fault("cannot write " + (half / "postgresql.conf").string());
  out.close();
  fs::rename(half, data_);
}

void Cluster::configure() {
  std::ifstream in(data_ / "PG_VERSION");
  std::string found;
  if (!(in >> found) || found != version)
    throw Fault(data_.string() + " is not a cluster of PostgreSQL " + std::string(version) + " (PG_VERSION says «" +
                found + "»)");
  claim_directory(user_, socket_);
  const fs::path half = data_ / "pace.conf.new";
  std::ofstream out(half);
  out << "# Written by pace at every start; edit postgresql.conf instead, below the include.\n"
      << "listen_addresses = ''\nport = 5432\nunix_socket_permissions = 0700\nunix_socket_directories = "
      << setting_value(socket_.string()) << "\nshared_buffers = " << setting_value(options_.shared_buffers)
      << "\nmax_wal_size = " << setting_value(options_.max_wal_size) << "\nfsync = " << (options_.fsync ? "on" : "off")
      << "\nsynchronous_commit = on\nfull_page_writes = on\nwal_compression = on\ncheckpoint_timeout = 15min\n"
      << "max_connections = 64\nwork_mem = 32MB\nmaintenance_work_mem = 128MB\nrandom_page_cost = 1.1\njit = off\n"
      << "timezone = 'UTC'\nlog_timezone = 'UTC'\nlog_line_prefix = '%m [%p] %a '\nlog_min_messages = warning\n"
      << "log_checkpoints = off\nlog_autovacuum_min_duration = -1\nlog_min_error_statement = panic\n";
  if (!out.flush()) throw Fault("cannot write " + half.string());
  out.close();
  if (user_.drop && chown(half.c_str(), user_.uid, user_.gid) != 0)
    throw Fault("cannot give " + half.string() + " to user " + user_.name + ": " + std::strerror(errno));
  fs::rename(half, data_ / "pace.conf");
}

std::optional<int> Cluster::postmaster() const {
  if (data_.empty()) return std::nullopt;
  const auto pid = read_pid(data_ / "postmaster.pid");
  if (!pid) return std::nullopt;
  waitpid(*pid, nullptr, WNOHANG);  // ours and dead: let go of it
  if (!works_in(*pid, data_)) return std::nullopt;
  return pid;
}

bool Cluster::running() const {
  return postmaster().has_value();
}

/// False when the server died. Throws when it neither answers nor dies in time.
bool Cluster::await(int pid) const {
  const auto deadline = std::chrono::steady_clock::now() + options_.start_timeout;
  while (std::chrono::steady_clock::now() < deadline) {
    if (PQping(conninfo("postgres").c_str()) == PQPING_OK) return true;
    if (waitpid(pid, nullptr, WNOHANG) == pid || kill(pid, 0) != 0) return false;
    std::this_thread::sleep_for(poll);
  }
  throw Fault("PostgreSQL in " + home_.string() + " does not answer after " +
              std::to_string(options_.start_timeout.count()) + " s; its log ends: " + log_tail());
}

void Cluster::launch() {
  // postmaster() found no server of this directory. A lock file whose number still answers, since it belongs to some
  // other process by now or to a killed server that nobody has waited for yet, would keep the server from starting. The
  // server makes sure itself (shared memory segment) that no child of the old one is left.
  for (const fs::path& lock :
       {data_ / "postmaster.pid", fs::path(socket_.string() + std::string(socket_name) + ".lock")})
    if (const auto other = read_pid(lock); other && kill(*other, 0) == 0) fs::remove(lock);
  const int pid = start_daemon(user_, {(options_.binaries / "postgres").string(), "-D", data_.string()}, home_,
                               home_ / "postgres.log");
  if (!await(pid)) throw Fault("PostgreSQL in " + home_.string() + " did not start; its log ends: " + log_tail());
  say("PostgreSQL runs in " + home_.string() + ", process " + std::to_string(pid));
}

void Cluster::make_database() {
  Connection connection(conninfo("postgres"));
  if (!connection.exec("SELECT 1 FROM pg_database WHERE datname = $1", {options_.database}).empty()) return;
  connection.exec("CREATE DATABASE " + connection.quote_identifier(options_.database));
}

void Cluster::start() {
  try {
    place();
    if (const auto left = postmaster(); left && await(*left)) {
      say("taking over the PostgreSQL that still runs in " + home_.string() + ", process " + std::to_string(*left));
    } else {
      if (!fs::exists(data_)) initialise();
      configure();
      launch();
    }
    make_database();
  } catch (const fs::filesystem_error& error) {
    throw Fault(std::string("the PostgreSQL cluster cannot be placed: ") + error.what());
  }
}

void Cluster::stop() {
  const auto pid = postmaster();
  if (!pid) return;
  if (kill(*pid, SIGINT) != 0)
    throw Fault("cannot stop PostgreSQL, process " + std::to_string(*pid) + ": " + std::strerror(errno));
  const auto deadline = std::chrono::steady_clock::now() + options_.start_timeout;
  while (works_in(*pid, data_)) {
    waitpid(*pid, nullptr, WNOHANG);
    if (std::chrono::steady_clock::now() >= deadline)
      throw Fault("PostgreSQL, process " + std::to_string(*pid) + ", does not stop; its log ends: " + log_tail());
    std::this_thread::sleep_for(poll);
  }
  waitpid(*pid, nullptr, WNOHANG);
  if (socket_.parent_path() != home_) {
    std::error_code ignored;  // made again at the next start; not empty means somebody else uses it
    fs::remove(socket_, ignored);
  }
  say("PostgreSQL in " + home_.string() + " has stopped");
}

std::string Cluster::conninfo(const std::string& database) const {
  return "host=" + conninfo_value(socket_.string()) + " port=5432 user=pace dbname=" + conninfo_value(database);
}

std::string Cluster::log_tail() const {
  static constexpr std::streamoff tail_bytes = 1000;
  std::ifstream in(home_ / "postgres.log", std::ios::ate);
  const std::streamoff size = in.tellg();
  in.seekg(std::max<std::streamoff>(0, size - tail_bytes));
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace pace::pg
