"""Steps 7 and 8: the regulator's bundle, a damaged copy, the replay, and the table's figures."""
import csv
import json
import os
import shutil
import tomllib

from report import number, yuan
from steps.province import YEAR, expect


def play(exchange, report, arguments):
    report.step("audit export")
    bundle = os.path.join(exchange.data, "export")
    exchange.pace("audit", "export", "--data", exchange.data, "--out", bundle)
    report.step("audit verify")
    exchange.pace("audit", "verify", bundle)
    report.step("one flipped byte in a copy")
    named = flip_a_byte(exchange, bundle)
    report.note(named)
    report.step("replay the log, compare digests")
    live = exchange.digest()
    replayed = json.loads(exchange.pace("replay", "--data", exchange.data, "--to", live["sequence"], "--json"))
    expect(replayed["digest"] == live["digest"],
           f"the replayed log gives {replayed['digest']}, the live exchange had {live['digest']}")
    figures(exchange, report, bundle, live, replayed)


def flip_a_byte(exchange, bundle):
    """Verification must refuse the copy and name what is damaged."""
    copy = bundle + "-damaged"
    shutil.copytree(bundle, copy)
    target = os.path.join(copy, "trades.csv")
    with open(target, "r+b") as file:
        file.seek(os.path.getsize(target) // 2)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 1]))
    words = exchange.pace("audit", "verify", copy, status=1)
    expect("trades.csv" in words, f"verification of the damaged copy does not name trades.csv: {words[:300]}")
    shutil.rmtree(copy)
    return next(line for line in words.splitlines() if "trades.csv" in line).strip()[:140]


def rows(bundle, name):
    with open(os.path.join(bundle, name), encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def figures(exchange, report, bundle, live, replayed):
    status, short, surrendered = {}, 0, 0
    for row in rows(bundle, "compliance.csv"):
        status[row["status"]] = status.get(row["status"], 0) + 1
        short += int(row["shortfall"])
        surrendered += sum(int(row[c]) for c in ("from_credits", "from_banked", "from_vintage"))
    expect(status.get("A", 0) > 0 and status.get("B", 0) > 0, f"compliance statuses are {status}")
    report.row("in compliance / short", f"{number(status['A'])} / {number(status['B'])} principals, {number(short)} kg short")
    report.row("surrendered", f"{number(surrendered)} kg")
    deducted = debt = surcharge = collected = 0
    for row in rows(bundle, "penalties.csv"):
        if row["event"] == "assessed":
            deducted, debt = deducted + int(row["deducted"]), debt + int(row["debt"])
            surcharge += int(row["surcharge"])
        else:
            collected += int(row["collected"])
    report.row("penalties", f"{number(deducted)} kg deducted from {YEAR + 1}, {number(debt)} kg debt, "
                            f"{yuan(surcharge)} surcharge, {yuan(collected)} collected")
    granted = [int(row["granted"]) for row in rows(bundle, "offsets.csv") if row["event"] == "granted"]
    with open("config/rulebook/compliance.toml", "rb") as file:
        limit = tomllib.load(file)["rules"]["offset_total_kg"]
    expect(sum(granted) <= limit, f"{sum(granted)} kg of offsets were granted under a limit of {limit} kg")
    report.row("offsets granted against their limit", f"{number(sum(granted))} of {number(limit)} kg, {number(len(granted))} principals")
    caps = list(rows(bundle, "cap.csv"))
    expect(all(row["within_cap"] == "true" and row["balanced"] == "true" for row in caps), f"cap proof: {caps}")
    with open(os.path.join(bundle, "checkpoint"), encoding="utf-8") as file:
        size, root = file.read().splitlines()[1:3]
    report.row("export", f"{number(int(size))} entries, Merkle root {root}")
    report.row("state digest, live = replayed", f"{live['digest'][:32]}… at sequence {number(live['sequence'])}, "
                                                f"{number(replayed['commands'])} commands in {replayed['seconds']:.1f} s")
