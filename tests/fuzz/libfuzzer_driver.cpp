// The target under libFuzzer. "--seeds DIR" writes the seeds there and ends; otherwise libFuzzer's own options.
#include <cstdlib>
#include <string_view>

#include "tests/fuzz/seed_files.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  if (*argc == 3 && std::string_view((*argv)[1]) == "--seeds") {
    pace::fuzz::write_seeds((*argv)[2]);
    std::exit(0);
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  pace::fuzz::run_input(pace::BytesView(data, size));
  return 0;
}
