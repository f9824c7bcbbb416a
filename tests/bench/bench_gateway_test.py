"""pace bench gateway: both doors measure what they say, alone and together."""
import bench

SIZES = ("--principals", "40", "--orders", "200", "--pipelined", "2000", "--sessions", "20", "--rate", "1000",
         "--seconds", "0.2", "--pings", "5000", "--readers", "20", "--idle", "50")
result, left = bench.run("gateway", *SIZES)
bench.must(left == [], f"nothing stays behind: {left}")
bench.must(set(result) == {"fix", "ws", "goals_met"}, result.keys())

fix, ws = result["fix"], result["ws"]
for spread in (fix["order"], fix["path"], ws["order"]):
    bench.must_be_spread(spread)
for figure in ("per_second", "synced_per_second", "resent_per_second", "session_bytes"):
    bench.must(fix[figure] > 0, (figure, fix))
for figure in ("pings_per_second", "orders_per_second", "raw_fan_out_ns", "fan_out_ns", "burst_ns", "beside_stalled_ns"):
    bench.must(ws[figure] > 0, (figure, ws))
bench.must(result["goals_met"] == (fix["goals_met"] and ws["goals_met"]), result)

for door in ("fix", "ws"):
    alone, _ = bench.run("gateway", *SIZES, "--only", door)
    bench.must(set(alone) == {door, "goals_met"}, alone.keys())
