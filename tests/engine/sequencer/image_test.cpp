#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "tests/engine/sequencer/sequencer_kit.h"
#include "tests/engine/sequencer/slow_disk.h"

using namespace pace;
using namespace pace::test;

// What becomes of the market when the copy of the process that saves its state fails.

namespace {

// Processes whose parent this one is and that have not ended.
std::vector<pid_t> copies() {
  std::vector<pid_t> found;
  for (const auto& item : std::filesystem::directory_iterator("/proc")) {
    const std::string name = item.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream file(item.path() / "stat");
    std::string text;
    std::getline(file, text);
    const std::size_t behind_name = text.rfind(')');
    if (behind_name == std::string::npos) continue;  // it has gone meanwhile
    char state = 0;
    int parent = 0;
    if (std::sscanf(text.c_str() + behind_name + 1, " %c %d", &state, &parent) == 2 && parent == ::getpid() &&
        state != 'Z')
      found.push_back(std::stoi(name));
  }
  return found;
}

struct Notes {
  std::mutex mutex;
  std::vector<std::string> all;
  std::function<void(const std::string&)> taker() {
    return [this](const std::string& note) {
      const std::lock_guard lock(mutex);
      all.push_back(note);
    };
  }
  std::size_t size() {
    const std::lock_guard lock(mutex);
    return all.size();
  }
};

// While it lives, this process opens no further file.
class NoFiles {
 public:
  NoFiles() {
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    rlimit none = before_;
    none.rlim_cur = 0;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  }
  ~NoFiles() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  NoFiles(const NoFiles&) = delete;
  NoFiles& operator=(const NoFiles&) = delete;

 private:
  rlimit before_{};
};

template <class Ready>
void wait_until(Ready ready) {
  while (!ready()) std::this_thread::sleep_for(1ms);
}

}  // namespace

TEST_CASE("image: a copy killed in the middle leaves nothing, the market goes on, the next snapshot is whole") {
  SimulatedDisk under;
  SlowDisk disk(under);
  Notes notes;
  SequencerOptions options = small();
  options.snapshot_every = 10;
  options.on_note = notes.taker();
  Bytes32 before{};
  {
    Sequencer sequencer(options, disk);
    int n = 0;
    const auto go_on = [&] { settle(sequencer, request("r" + std::to_string(++n))); };
    disk.holds_snapshots = true;
    // More than the writer, which is held, and the pipe take: the copy is in the middle.
    for (int i = 0; i < 4; ++i) settle(sequencer, request("f" + std::to_string(i), ReleaseAllocation{Year(2030)}));
    while (n < 6) go_on();
    wait_until([] { return !copies().empty(); });
    REQUIRE(copies().size() == 1);
    go_on();
    REQUIRE(::kill(copies().front(), SIGKILL) == 0);
    disk.holds_snapshots = false;
    disk.snapshot_latch.open();
    wait_until([&] { return notes.size() != 0; });
    CHECK(notes.all.front().find("no snapshot was written; the market goes on") != std::string::npos);
    CHECK(under.names("/data/snapshots").empty());
    wait_until([] { return copies().empty(); });  // it is waited for behind the note
    go_on();
    CHECK(sequencer.statistics().snapshots == 0);
    while (n < 20) go_on();
    wait_until([&] { return sequencer.statistics().snapshots == 1; });
    go_on();  // whichever command the image was taken behind, the stop has one more to keep
    CHECK(notes.size() == 1);
    before = digest(sequencer).digest;
  }
  CHECK(notes.size() == 1);
  CHECK(under.names("/data/snapshots").size() == 2);
  Sequencer again(options, under);
  CHECK(notes.size() == 1);
  CHECK(digest(again).digest == before);
}

// UndefinedBehaviorSanitizer looks at a caught exception's type through a pipe, and without descriptors finds none.
#ifdef __SANITIZE_ADDRESS__
constexpr bool types_need_descriptors = true;
#else
constexpr bool types_need_descriptors = false;
#endif

TEST_CASE("image: a digest that cannot be made is answered at once, with nothing" *
          doctest::skip(types_need_descriptors)) {
  SimulatedDisk disk;
  Notes notes;
  SequencerOptions options = small();
  options.on_note = notes.taker();
  Sequencer sequencer(options, disk);
  settle(sequencer, request("a"));
  {
    const NoFiles none;
    CHECK(std::holds_alternative<std::monostate>(ask(sequencer, AskDigest{})));
  }
  REQUIRE(notes.size() == 1);
  CHECK(notes.all.front().find("no image of the state could be made; the market goes on") != std::string::npos);
  settle(sequencer, request("b"));
  CHECK(digest(sequencer).as_of == Sequence(2));
}
