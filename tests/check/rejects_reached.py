"""Every code of engine/message/rejects.h was given to a test that ran just before (tests/reached_rejects.h).

usage: rejects_reached.py ROOT NOTES      exit 0: all were; 1: the codes that no test reaches
"""
import os
import re
import sys

ROW = re.compile(r"^\s*X\((\d+), (\w+),")


def table(root):
    with open(os.path.join(root, "engine/message/rejects.h"), encoding="utf-8") as file:
        return {match.group(2): int(match.group(1)) for match in map(ROW.match, file) if match}


def reached(notes):
    names = set()
    for name in sorted(os.listdir(notes)):
        with open(os.path.join(notes, name), encoding="utf-8") as file:
            names.update(file.read().split())
    return names


def given(root):
    """The codes that some source of ours gives."""
    names = set()
    for top in ("engine", "settlement", "registry", "gateway", "tools"):
        for folder, _, files in os.walk(os.path.join(root, top)):
            for name in files:
                if name.endswith((".h", ".cpp")):
                    with open(os.path.join(folder, name), encoding="utf-8") as file:
                        names.update(re.findall(r"\bReject::(\w+)", file.read()))
    return names


def main():
    root, notes = sys.argv[1:3]
    codes, seen, sources = table(root), reached(notes), given(root)
    missing = 0
    for name, number in sorted(codes.items(), key=lambda row: row[1]):
        if name not in sources:
            print(f"{number} {name}: nothing gives it yet")
        elif name not in seen:
            print(f"{number} {name}: no test reaches it")
            missing += 1
    print(f"{len(codes)} codes, {missing} not reached")
    return 1 if missing or not codes else 0


if __name__ == "__main__":
    sys.exit(main())
