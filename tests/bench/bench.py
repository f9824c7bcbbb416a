"""Runs a bench of the pace binary in an empty directory and reads its JSON."""
import json
import os
import subprocess
import tempfile


def run(*arguments):
    """The bench's object, and what it left in the directory where it ran."""
    binary = os.environ["PACE_BINARY"]
    with tempfile.TemporaryDirectory() as here:
        done = subprocess.run([binary, "bench", *arguments, "--json"], cwd=here, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"exit status {done.returncode}: {done.stderr}")
        return json.loads(done.stdout), os.listdir(here)


def must(holds, what):
    if not holds:
        raise SystemExit(f"does not hold: {what}")


def must_be_spread(spread):
    must(0 < spread["p50_ns"] <= spread["p99_ns"] <= spread["p999_ns"] <= spread["most_ns"], f"in order: {spread}")
