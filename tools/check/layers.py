#!/usr/bin/env python3
"""Holds the code to the include table of the architecture, to the pure rooms' bans and to the size rules.

usage: layers.py [ROOT]      exit 0: all held; 1: every breach is printed as file:line: what
"""
import os
import re
import sys

# room: (rooms of ours it may include, third-party prefixes it may include). Rooms are folders; the longest match counts.
PURE = "pure"
ROOMS = {
    "engine/base": ([], []),
    "engine/message": (["engine/base"], []),
    "engine/book": (["engine/base", "engine/message"], []),
    "settlement/ledger": (["engine/base", "engine/message"], []),
    "registry/rules": (["engine/base", "engine/message"], []),
    "engine/exchange": (["engine/base", "engine/message", "engine/book", "settlement/ledger", "registry/rules"], []),
    "engine/journal": (["engine/base", "engine/message"], ["posix"]),
    "engine/sequencer": (["engine/base", "engine/message", "engine/exchange", "engine/journal"], ["posix", "boost/asio"]),
    "settlement/pg": (["engine/base"], ["posix", "libpq"]),
    "settlement/books": (["engine/base", "engine/message", "engine/sequencer/port.h", "settlement/pg", "settlement/ledger"],
                         ["posix", "openssl", "sodium"]),
    "registry/store": (["engine/base", "engine/message", "engine/sequencer/port.h", "settlement/pg", "registry/rules"],
                       ["posix", "openssl", "sodium"]),
    "registry/audit": (["engine/base", "engine/message", "engine/sequencer/port.h", "settlement/pg", "registry/rules"],
                       ["posix", "openssl", "sodium"]),
    "gateway/auth": (["engine/base", "engine/message"], ["posix", "openssl", "sodium", "toml++"]),
    "gateway/market": (["engine/base", "engine/message"], []),
    "gateway/fix": (["engine/base", "engine/message", "engine/sequencer/port.h", "gateway/auth", "gateway/market"], ["posix", "boost", "quickfix"]),
    "gateway/ws": (["engine/base", "engine/message", "engine/sequencer/port.h", "gateway/auth", "gateway/http", "gateway/market"], ["posix", "boost"]),
    "gateway/http": (["engine/base", "engine/message", "engine/sequencer/port.h", "gateway/auth", "gateway/market", "gateway/ws", "gateway/pages"],
                     ["posix", "boost", "openssl", "prometheus"]),
    "gateway/pages": (["engine/base"], []),
}
PURE_ROOMS = ["engine/base", "engine/message", "engine/book", "settlement/ledger", "registry/rules", "engine/exchange"]
# Everybody may log, except the pure rooms and the journal's format.
LOGGING_ROOMS = ["engine/sequencer", "settlement/pg", "settlement/books", "registry/store", "registry/audit", "gateway"]

STD_BANNED_IN_PURE = {
    "chrono": "clock", "ctime": "clock", "time.h": "clock", "thread": "threads", "mutex": "threads", "atomic": "threads",
    "condition_variable": "threads", "future": "threads", "shared_mutex": "threads", "semaphore": "threads",
    "random": "randomness", "iostream": "streams", "fstream": "streams", "sstream": "streams", "ostream": "streams",
    "istream": "streams", "iomanip": "streams", "filesystem": "I/O", "cmath": "floating point",
}
BANNED_WORDS_IN_PURE = [
    (re.compile(r"\b(double|float)\b"), "floating point"),
    (re.compile(r"\bstd::(rand|srand|time|clock)\b|\bgettimeofday\b|\bclock_gettime\b"), "clock or randomness"),
    (re.compile(r"for \([^;)]*:\s*\w*unordered"), "iteration over an unordered container"),
]
THIRD_PARTY = {
    "boost/asio": "boost/asio", "boost/": "boost", "quickfix/": "quickfix", "libpq": "libpq", "postgresql/": "libpq",
    "openssl/": "openssl", "sodium": "sodium", "spdlog/": "spdlog", "prometheus/": "prometheus", "toml++/": "toml++", "CLI/": "CLI",
}
POSIX = re.compile(r"^(sys/|unistd\.h|fcntl\.h|poll\.h|signal\.h|pwd\.h|grp\.h|arpa/|netinet/|netdb\.h|dirent\.h|pthread\.h|linux/)")
INTRINSICS = re.compile(r"^(immintrin|nmmintrin|x86intrin)\.h$")
MAX_LINES = 600
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')


def room_of(path):
    parts = path.split("/")
    for n in (2, 1):
        room = "/".join(parts[:n])
        if room in ROOMS:
            return room
    return None


def allowed_ours(room, target):
    if target.startswith(room + "/"):
        return True
    return any(target == a or target.startswith(a + "/") for a in ROOMS[room][0])


def third_party_of(target):
    for prefix, name in THIRD_PARTY.items():
        if target.startswith(prefix):
            return name
    return None


def check_include(room, quote, target, problems):
    """One #include line against the table."""
    ours = re.match(r"^(engine|settlement|registry|gateway|tools|tests)/", target)
    if ours:
        if not allowed_ours(room, target):
            problems.append(f"{room} may not include {target}")
        return
    if quote == '"':
        problems.append(f'include "{target}" from the repository\'s root')
        return
    pure = room in PURE_ROOMS
    allowed = ROOMS[room][1]
    library = third_party_of(target)
    if library == "spdlog":
        if not any(room == r or room.startswith(r + "/") for r in LOGGING_ROOMS):
            problems.append(f"{room} may not log")
    elif library:
        if library not in allowed and library.split("/")[0] not in allowed:
            problems.append(f"{room} may not include {target} ({library})")
    elif POSIX.match(target):
        if "posix" not in allowed:
            problems.append(f"{room} may not include {target} (POSIX)")
    elif not INTRINSICS.match(target) and pure and target in STD_BANNED_IN_PURE:
        problems.append(f"pure room {room} includes <{target}>: no {STD_BANNED_IN_PURE[target]} here")


def without_comments(line):
    return re.sub(r'"(\\.|[^"\\])*"', '""', line.split("//")[0])


def check_file(root, path):
    """All breaches of one source file, as (line, what)."""
    found = []
    room = room_of(path)
    with open(os.path.join(root, path), encoding="utf-8") as file:
        lines = file.read().splitlines()
    if len(lines) > MAX_LINES:
        found.append((len(lines), f"{len(lines)} lines; at most {MAX_LINES}"))
    if path.endswith(".h") and not any(line.strip() == "#pragma once" for line in lines[:40]):
        found.append((1, "a header starts with its purpose and #pragma once"))
    if path.endswith(".h") and not (lines and lines[0].startswith("//")):
        found.append((1, "a header opens with a comment that says what it is for"))
    for number, line in enumerate(lines, 1):
        include = INCLUDE.match(line)
        problems = []
        if include and room:
            check_include(room, include.group(1), include.group(2), problems)
        elif room in PURE_ROOMS:
            code = without_comments(line)
            problems += [f"pure room {room}: {what}" for pattern, what in BANNED_WORDS_IN_PURE if pattern.search(code)]
        found += [(number, problem) for problem in problems]
    return found


def sources(root):
    for top in ("engine", "settlement", "registry", "gateway", "tools", "tests"):
        for folder, _, names in os.walk(os.path.join(root, top)):
            for name in sorted(names):
                if name.endswith((".h", ".cpp")):
                    yield os.path.relpath(os.path.join(folder, name), root)


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    breaches = 0
    count = 0
    for path in sorted(sources(root)):
        count += 1
        for line, what in check_file(root, path):
            print(f"{path}:{line}: {what}")
            breaches += 1
    for room in ROOMS:
        for name in ("CMakeLists.txt", "README.md"):
            if not os.path.exists(os.path.join(root, room, name)):
                print(f"{room}: has no {name}")
                breaches += 1
    print(f"{count} files, {breaches} breaches")
    return 1 if breaches or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
