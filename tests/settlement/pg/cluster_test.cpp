#include "settlement/pg/cluster.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <thread>

#include "settlement/pg/connection.h"
#include "settlement/pg/process.h"
#include "tests/settlement/pg/private_cluster.h"

using namespace pace;
using namespace pace::pg;
using pace::test::TemporaryDirectory;
using pace::test::test_options;
namespace fs = std::filesystem;

namespace {

void wait_until_down(const Cluster& cluster) {
  for (int i = 0; i < 500 && cluster.running(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  REQUIRE_FALSE(cluster.running());
}

/// Stops what it holds, whatever the test found.
struct Stopped {
  Cluster& cluster;
  ~Stopped() { cluster.stop(); }
};

/// A process of the server's user that is no server: what a number in a stale lock file may belong to by now.
struct SomebodyElse {
  pid_t pid = fork();
  SomebodyElse() {
    REQUIRE(pid >= 0);
    if (pid > 0) return;
    const ServerUser user = server_user();
    if (!user.drop || setuid(user.uid) == 0)
      for (;;) pause();
    _exit(1);
  }
  ~SomebodyElse() {
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
  }
};

}  // namespace

TEST_CASE("cluster: data outlives stop and start, the socket is the owner's alone") {
  const TemporaryDirectory directory;
  Cluster cluster(test_options(directory.path() / "pg"));
  const Stopped stopped{cluster};
  cluster.start();
  Connection(cluster.conninfo()).script("CREATE TABLE kept (a integer)");
  struct stat info {};
  REQUIRE(stat(cluster.socket_directory().c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0700);
  CHECK(Connection(cluster.conninfo()).exec("SHOW listen_addresses").text(0, 0).empty());
  cluster.stop();
  CHECK_FALSE(cluster.running());
  cluster.stop();
  cluster.start();
  cluster.start();
  CHECK(Connection(cluster.conninfo()).exec("SELECT * FROM kept").empty());
}

TEST_CASE("cluster: a postmaster left over is taken over, a stale pid file is not in the way") {
  const TemporaryDirectory directory;
  Cluster first(test_options(directory.path() / "pg"));
  first.start();
  const auto pid = first.postmaster();
  REQUIRE(pid);
  Cluster second(test_options(directory.path() / "pg"));
  const Stopped stopped{second};
  second.start();
  CHECK(second.postmaster() == pid);

  kill(*pid, SIGKILL);
  wait_until_down(second);
  CHECK(fs::exists(directory.path() / "pg/data/postmaster.pid"));
  second.start();
  CHECK(second.postmaster() != pid);
  CHECK(Connection(second.conninfo()).exec("SELECT 1").int32(0, 0) == 1);

  second.stop();
  const SomebodyElse other;
  for (const char* lock : {"pg/data/postmaster.pid", "pg/socket/.s.PGSQL.5432.lock"})
    std::ofstream(directory.path() / lock) << other.pid << "\n";
  CHECK_FALSE(second.running());
  second.start();
  CHECK(second.running());
}

TEST_CASE("cluster: a long data path works, its socket stands elsewhere") {
  const TemporaryDirectory directory;
  const fs::path deep = directory.path() / std::string(60, 'd') / std::string(60, 'e') / "it's here";
  Cluster cluster(test_options(deep / "pg"));
  const Stopped stopped{cluster};
  cluster.start();
  CHECK(cluster.socket_directory().string().size() < 60);
  CHECK(Connection(cluster.conninfo()).exec("SELECT 1").int32(0, 0) == 1);
  const fs::path socket = cluster.socket_directory();
  cluster.stop();
  CHECK_FALSE(fs::exists(socket));
}

TEST_CASE("cluster: as root, a directory below one that is closed to others becomes a link to one that is open") {
  if (geteuid() != 0) return;
  const TemporaryDirectory directory;
  const fs::path closed = directory.path() / "closed";
  fs::create_directory(closed);
  chmod(closed.c_str(), 0700);
  Cluster cluster(test_options(closed / "pg"));
  {
    const Stopped stopped{cluster};
    cluster.start();
    CHECK(fs::is_symlink(closed / "pg"));
    Connection(cluster.conninfo()).script("CREATE TABLE kept (a integer)");
    cluster.stop();
    cluster.start();
    CHECK(Connection(cluster.conninfo()).exec("SELECT * FROM kept").empty());
  }
  fs::remove_all(fs::canonical(closed / "pg"));
}

TEST_CASE("cluster: what cannot work is refused with a reason") {
  const TemporaryDirectory directory;
  auto options = test_options(directory.path() / "pg");
  options.binaries = "/nowhere";
  CHECK_THROWS_WITH_AS(Cluster{options}, doctest::Contains("/nowhere"), Fault);

  std::ofstream(directory.path() / "file") << "x";
  Cluster on_file(test_options(directory.path() / "file"));
  CHECK_THROWS_WITH_AS(on_file.start(), doctest::Contains("not a directory"), Fault);

  fs::create_directories(directory.path() / "old/data");
  std::ofstream(directory.path() / "old/data/PG_VERSION") << "13\n";
  Cluster old(test_options(directory.path() / "old"));
  CHECK_THROWS_WITH_AS(old.start(), doctest::Contains("13"), Fault);

  auto spoilt = test_options(directory.path() / "spoilt");
  spoilt.shared_buffers = "a lot";
  Cluster broken(spoilt);
  CHECK_THROWS_WITH_AS(broken.start(), doctest::Contains("shared_buffers"), Fault);
}
