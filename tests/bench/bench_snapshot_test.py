"""pace bench snapshot: a snapshot is made beside the market."""
import bench

result, left = bench.run("snapshot", "--accounts", "300", "--instruments", "2")
bench.must(left == [], f"nothing stays behind: {left}")
bench.must(result["accounts"] == 300 and result["instruments"] == 2, result)
bench.must(result["bytes"] > 300 * 20 and result["seconds"] > 0 and result["commands"] > 0, result)
bench.must_be_spread(result["before"])
bench.must_be_spread(result["during"])
