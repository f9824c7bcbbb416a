"""pace bench path: every command is counted, is in the journal and replays to the live state's digest."""
import bench

PRINCIPALS, CLOSED, RATE, SECONDS = 40, 30, 20_000, 0.2
result, left = bench.run("path", "--principals", str(PRINCIPALS), "--closed", str(CLOSED), "--rate", str(RATE),
                         "--seconds", str(SECONDS))
bench.must(left == [], f"nothing stays behind: {left}")

closed = result["closed"]
bench.must(closed["commands"] == CLOSED and 0 < closed["accepted"] <= CLOSED, closed)
for spread in (closed["raw"], closed["path"], result["half_rate"]["path"], result["half_rate"]["raw"],
               result["full_rate"]["path"]):
    bench.must_be_spread(spread)
half, full, most = result["half_rate"], result["full_rate"], result["most"]
bench.must(half["commands"] == int(RATE / 2 * SECONDS) and full["commands"] == most["commands"] == int(RATE * SECONDS),
           (half["commands"], full["commands"], most["commands"]))
for run in (half, full, most):
    bench.must(0 < run["batches"] <= run["commands"] and run["log_bytes"] > 36 * run["commands"], run)
sent = CLOSED + half["commands"] + full["commands"] + most["commands"]
# Besides them the commands that open the market, three for each principal and a few.
bench.must(sent + 3 * PRINCIPALS < result["replay"]["commands"] < sent + 3 * PRINCIPALS + 30, result["replay"])
bench.must(isinstance(result["goals_met"], bool), result)
