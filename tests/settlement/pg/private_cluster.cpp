#include "tests/settlement/pg/private_cluster.h"

namespace pace::test {

pg::ClusterOptions test_options(const std::filesystem::path& directory) {
  pg::ClusterOptions options;
  options.directory = directory;
  options.shared_buffers = "64MB";
  options.max_wal_size = "1GB";
  options.fsync = false;
  options.start_timeout = std::chrono::seconds(30);
  return options;
}

PrivateCluster::PrivateCluster() : cluster_(test_options(directory_.path() / "pg")) {
  cluster_.start();
}

PrivateCluster::~PrivateCluster() {
  try {
    cluster_.stop();
  } catch (const pg::Fault& fault) {
    std::fprintf(stderr, "%s\n", fault.what());
  }
}

std::string PrivateCluster::fresh_database(const std::string& name) {
  pg::Connection connection(cluster_.conninfo("postgres"), "test", [](std::string_view) {});
  const std::string quoted = connection.quote_identifier(name);
  connection.exec("DROP DATABASE IF EXISTS " + quoted + " WITH (FORCE)");
  connection.exec("CREATE DATABASE " + quoted);
  return cluster_.conninfo(name);
}

PrivateCluster& shared_cluster() {
  static PrivateCluster cluster;
  return cluster;
}

}  // namespace pace::test
