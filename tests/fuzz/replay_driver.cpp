// The target without libFuzzer: runs every seed, then so many random changes of them (PACE_FUZZ_RUNS, or the first
// argument), always the same for the same seeds. Files named behind it are run instead: an input that was found.
// An input that stops the program has been written to the working directory's last_input before.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "tests/fuzz/seed_files.h"
#include "tests/fuzz/target.h"

namespace {

using pace::Bytes;

Bytes running;  // for the handler

extern "C" void keep_input(int signal) {
  pace::fuzz::write_file("last_input", running);
  std::fprintf(stderr, "the input of %zu bytes that did this is in the file last_input\n", running.size());
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void run(Bytes bytes) {
  running = std::move(bytes);
  pace::fuzz::run_input(running);
}

class Changes {
 public:
  explicit Changes(const std::vector<Bytes>& seeds) : seeds_(seeds) {}

  Bytes next() {
    Bytes bytes = any();
    for (std::uint64_t i = 0, n = 1 + pick(6); i < n; ++i) change(bytes);
    return bytes;
  }

 private:
  std::uint64_t pick(std::uint64_t count) { return random_() % count; }
  const Bytes& any() { return seeds_[pick(seeds_.size())]; }

  void change(Bytes& bytes) {
    const auto at = static_cast<std::ptrdiff_t>(pick(bytes.size() + 1));
    const bool inside = at < static_cast<std::ptrdiff_t>(bytes.size());
    switch (pick(6)) {
      case 0:
        if (inside) bytes[static_cast<std::size_t>(at)] = static_cast<std::uint8_t>(random_());
        return;
      case 1:
        if (inside) bytes[static_cast<std::size_t>(at)] ^= static_cast<std::uint8_t>(1u << pick(8));
        return;
      case 2:
        bytes.insert(bytes.begin() + at, 1 + pick(8), static_cast<std::uint8_t>(random_()));
        return;
      case 3:
        bytes.erase(bytes.begin() + at,
                    bytes.begin() + std::min<std::ptrdiff_t>(at + 1 + static_cast<std::ptrdiff_t>(pick(8)),
                                                             static_cast<std::ptrdiff_t>(bytes.size())));
        return;
      case 4: {  // a number at the edge of its range
        static constexpr std::int64_t edges[] = {0, 1, -1, INT64_MAX, INT64_MIN, INT32_MAX, UINT32_MAX, 1'000'000};
        const std::int64_t edge = edges[pick(std::size(edges))];
        const std::size_t room = std::min<std::size_t>(1u << pick(4), bytes.size() - static_cast<std::size_t>(at));
        std::memcpy(bytes.data() + at, &edge, room);
        return;
      }
      default: {  // a piece of another seed
        const Bytes& other = any();
        if (other.empty()) return;
        const auto from = static_cast<std::ptrdiff_t>(pick(other.size()));
        const auto size = static_cast<std::ptrdiff_t>(1 + pick(64));
        const auto end = std::min(from + size, static_cast<std::ptrdiff_t>(other.size()));
        bytes.insert(bytes.begin() + at, other.begin() + from, other.begin() + end);
      }
    }
  }

  const std::vector<Bytes>& seeds_;
  std::mt19937_64 random_{20261122};
};

Bytes read_file(const char* path) {
  std::ifstream in(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(in), {});
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGABRT, keep_input);
  if (argc > 2) {
    for (int i = 2; i < argc; ++i) run(read_file(argv[i]));
    return 0;
  }
  const std::vector<Bytes> seeds = pace::fuzz::seeds();
  if (seeds.empty()) return 1;
  for (const Bytes& seed : seeds) run(seed);
  const char* wanted = std::getenv("PACE_FUZZ_RUNS");
  const std::uint64_t runs = std::strtoull(wanted != nullptr ? wanted : argc > 1 ? argv[1] : "1000", nullptr, 10);
  Changes changes(seeds);
  for (std::uint64_t i = 0; i < runs; ++i) run(changes.next());
  std::printf("%zu seeds, %llu changes of them\n", seeds.size(), static_cast<unsigned long long>(runs));
  return 0;
}
