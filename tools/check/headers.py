#!/usr/bin/env python3
"""Every header compiles alone.

usage: headers.py ROOT COMPILER      exit 0: all do; 1: the compiler's words for each that does not
"""
import concurrent.futures
import os
import subprocess
import sys

FLAGS = ["-std=c++20", "-fsyntax-only", "-I/usr/include/postgresql", "-Wall", "-Wextra", "-Wno-missing-field-initializers", "-x", "c++"]


def compile_alone(root, compiler, header):
    done = subprocess.run([compiler, *FLAGS, "-I", root, "-include", os.path.join(root, header), "/dev/null"],
                          capture_output=True, text=True, check=False)
    return header, done.returncode, done.stderr


def headers(root):
    for top in ("engine", "settlement", "registry", "gateway", "tools", "tests"):
        for folder, _, names in os.walk(os.path.join(root, top)):
            yield from (os.path.relpath(os.path.join(folder, name), root) for name in names if name.endswith(".h"))


def main():
    root, compiler = sys.argv[1:3]
    failed = 0
    found = sorted(headers(root))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for header, status, words in pool.map(lambda h: compile_alone(root, compiler, h), found):
            if status != 0:
                failed += 1
                print(f"{header} does not compile alone:\n{words[:2000]}")
    print(f"{len(found)} headers, {failed} do not compile alone")
    return 1 if failed or not found else 0


if __name__ == "__main__":
    sys.exit(main())
