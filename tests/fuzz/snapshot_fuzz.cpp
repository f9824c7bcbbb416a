// Snapshot files of any bytes: refused, or the state they say they are. A state whose bytes were changed although its
// digest fits is refused or loads; either way nothing stops, and what loaded is saved and loaded again as it is.
#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/sha256.h"
#include "engine/exchange/exchange.h"
#include "engine/journal/snapshots.h"
#include "tests/engine/exchange/traffic.h"
#include "tests/engine/journal/simulated_disk.h"
#include "tests/fuzz/target.h"

namespace pace::fuzz {
namespace {

constexpr Capacity capacity{.accounts = 320, .open_orders = 48, .instruments = 4, .requests_per_day = 256};
const std::string directory = "/data/snapshots";
constexpr Sequence sequence{7};

Bytes saved(const Exchange& exchange) {
  Bytes bytes;
  ByteWriter out(bytes);
  exchange.save(out);
  return bytes;
}

// The header's checksum and the state's digest fit again.
void mend(Bytes& file) {
  const BytesView state = BytesView(file).subspan(snapshot_header_bytes);
  const SnapshotHeaderBytes header =
      encode(SnapshotHeader{.sequence = sequence, .time = {}, .length = state.size(), .digest = sha256(state)});
  std::copy(header.begin(), header.end(), file.begin());
}

}  // namespace

void run_input(BytesView bytes) {
  Input in(bytes);
  const bool mended = in.pick(4) != 0;
  const BytesView rest = in.bytes(bytes.size());
  Bytes file(rest.begin(), rest.end());
  if (mended && file.size() >= snapshot_header_bytes) mend(file);
  test::SimulatedDisk disk;
  disk.make_directory(directory);
  const Snapshots snapshots(disk, directory);
  disk.put(snapshots.path(sequence), file);
  try {
    const Snapshot snapshot = snapshots.load(sequence);
    Exchange exchange(capacity);
    if (!exchange.load(snapshot.state)) return;
    const Bytes once = saved(exchange);
    Exchange again(capacity);
    PACE_CHECK(again.load(once) && saved(again) == once);
  } catch (const Damage&) {
  } catch (const Refused&) {
  }
}

std::vector<Bytes> seeds() {
  std::vector<Bytes> seeds;
  test::World world(capacity);
  test::Traffic traffic(7);
  for (int i = 0; i < 12; ++i) {
    Bytes seed(1 + snapshot_header_bytes, 0);
    seed[0] = 1;
    const Bytes state = world.state();
    seed.insert(seed.end(), state.begin(), state.end());
    seeds.push_back(seed);
    for (int step = 0; step < 20; ++step) traffic.step(world);
  }
  return seeds;
}

}  // namespace pace::fuzz
