// A cluster of its own for a test binary: made in a temporary directory, stopped and removed at the end. Speed over
// durability (no fsync): what a power cut does is not what these tests ask.
#pragma once

#include <filesystem>
#include <string>

#include "settlement/pg/cluster.h"
#include "settlement/pg/connection.h"
#include "tests/temporary_directory.h"

namespace pace::test {

pg::ClusterOptions test_options(const std::filesystem::path& directory);

class PrivateCluster {
 public:
  PrivateCluster();
  ~PrivateCluster();
  PrivateCluster(const PrivateCluster&) = delete;
  PrivateCluster& operator=(const PrivateCluster&) = delete;
  pg::Cluster& operator*() { return cluster_; }
  pg::Cluster* operator->() { return &cluster_; }
  /// An empty database of this name; one that was there is dropped.
  std::string fresh_database(const std::string& name);

 private:
  TemporaryDirectory directory_;
  pg::Cluster cluster_;
};

/// One per test binary, started on first use.
PrivateCluster& shared_cluster();

}  // namespace pace::test
