#!/usr/bin/env python3
"""Checks an export of the exchange with the standard library alone: digests, Merkle root, consistency, sums."""
import base64, csv, hashlib, json, os, sys
from collections import defaultdict

sha = lambda data: hashlib.sha256(data).digest()
node = lambda left, right: sha(b"\x01" + left + right)
os.chdir(sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__)))

def check(holds, what):
    if not holds:
        sys.exit("FAILED: " + what)

for line in open("SHA256SUMS"):
    digest, name = line.rstrip("\n").split("  ")
    check(hashlib.sha256(open(name, "rb").read()).hexdigest() == digest, name + " is damaged")

peaks, size = [], 0  # roots of perfect subtrees, one per set bit of the size
for line in open("log.jsonl", "rb"):
    size, hash_, bits = size + 1, sha(b"\x00" + line.rstrip(b"\n")), size
    check(json.loads(line)["sequence"] == size, "log.jsonl line %d has another sequence" % size)
    while bits & 1:
        hash_, bits = node(peaks.pop(), hash_), bits >> 1
    peaks.append(hash_)
root = peaks.pop() if peaks else sha(b"")
while peaks:
    root = node(peaks.pop(), root)
_, signed_size, signed_root = open("checkpoint").read().split("\n")[:3]
check(size == int(signed_size) and root == base64.b64decode(signed_root), "the checkpoint signs another log")

c = json.load(open("consistency.json"))
old, proof = c["from_size"], [bytes.fromhex(h) for h in c["proof"]]
check(c["to_root"] == root.hex(), "consistency.json leads to another root")
if old == size:
    check(c["from_root"] == root.hex() and not proof, "the log differs from the one exported before")
elif old:  # RFC 9162, 2.1.4.2
    fn, sn = old - 1, size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    first = bytes.fromhex(c["from_root"]) if old & (old - 1) == 0 else proof.pop(0)
    fr = sr = first
    for h in proof:
        if fn & 1 or fn == sn:
            fr, sr = node(h, fr), node(h, sr)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node(sr, h)
        fn, sn = fn >> 1, sn >> 1
    check(fr.hex() == c["from_root"] and sr == root and sn == 0, "the log does not continue the one exported before")

held = defaultdict(int)
for row in csv.DictReader(open("transfers.csv")):
    held[row["to_account"], row["instrument"]] += int(row["quantity"])
    if row["from_account"]:
        held[row["from_account"], row["instrument"]] -= int(row["quantity"])
register = {(r["account"], r["instrument"]): int(r["quantity"]) for r in csv.DictReader(open("register.csv"))}
check(register == {key: kg for key, kg in held.items() if kg}, "register.csv is not what transfers.csv adds up to")
for row in csv.DictReader(open("cap.csv")):
    kg = {name: int(row[name]) for name in ("issued", "held", "surrendered", "cancelled")}
    check(kg["issued"] == kg["held"] + kg["surrendered"] + kg["cancelled"], row["symbol"] + " does not balance")
    check(not row["cap"] or kg["issued"] <= int(row["cap"]), row["symbol"] + " is issued above its cap")
    total = sum(quantity for (_, instrument), quantity in register.items() if instrument == row["instrument"])
    check(total == kg["issued"], row["symbol"] + ": the register does not sum to what was issued")
agreed = {r["trade"]: r for r in csv.DictReader(open("trades.csv")) if r["kind"] in ("block", "auction")}
shares = [("bids.csv", "auction", r) for r in csv.DictReader(open("bids.csv")) if r["event"] == "won"]
shares += [("blocks.csv", "block", r) for r in csv.DictReader(open("blocks.csv")) if r["event"] == "traded"]
for file, kind, row in shares:
    trade = agreed.get(row["trade"], {})
    check(all(trade.get(name) == row[name] for name in ("sequence", "price", "quantity")) and trade["kind"] == kind,
          "%s: trades.csv has no such trade %s" % (file, row["trade"]))
check({row["trade"] for _, _, row in shares} == set(agreed), "trades.csv has a block or auction trade of nobody's")
print("OK: %d entries, root %s; verify the signature of SHA256SUMS with minisign" % (size, root.hex()))
