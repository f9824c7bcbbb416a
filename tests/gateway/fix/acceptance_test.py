"""QuickFIX's own FIX 4.4 acceptance conversations, all 59, with our session layer as the counterparty.

usage: acceptance_test.py SERVER CACHE     SERVER: fix_acceptance_server; CACHE: a directory that keeps the conversations

They come with QuickFIX's sources, which Debian has: fetched once into CACHE (apt's own lists and /etc stay as they are),
and never part of this repository. Runner.rb plays them.
"""
import glob
import os
import re
import subprocess
import sys
import tempfile

CONVERSATIONS = 59
SOURCES = """Types: deb-src
URIs: http://deb.debian.org/debian
Suites: bookworm
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
"""


def find(cache):
    """The folder with Runner.rb, or None."""
    found = glob.glob(os.path.join(cache, "quickfix-*", "test", "Runner.rb"))
    return os.path.dirname(found[0]) if found else None


def fetch(cache):
    """`apt-get source quickfix` with a source list, a package cache and a state directory of its own."""
    folder = {name: os.path.join(cache, "apt", name) for name in ("sources", "lists", "cache")}
    for path in folder.values():
        os.makedirs(path, exist_ok=True)
    with open(os.path.join(folder["sources"], "quickfix.sources"), "w", encoding="utf-8") as file:
        file.write(SOURCES)
    options = ["-q", "-o", "Dir::Etc::sourcelist=/dev/null", "-o", f"Dir::Etc::sourceparts={folder['sources']}",
               "-o", f"Dir::State::lists={folder['lists']}", "-o", f"Dir::Cache={folder['cache']}",
               "-o", "APT::Sandbox::User=root"]
    for words in (["update"], ["source", "--download-only", "quickfix"]):
        done = subprocess.run(["apt-get", *options, *words], cwd=cache, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"the conversations come with QuickFIX's sources, and Debian's cannot be fetched: apt-get "
                     f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    archive = glob.glob(os.path.join(cache, "quickfix_*.orig.tar.*"))[0]
    subprocess.run(["tar", "xf", archive], cwd=cache, check=True)


def play(server, conversations):
    """What Runner.rb says of every conversation, and its status."""
    dictionary = os.path.join(conversations, "..", "spec", "FIX44.xml")
    with tempfile.TemporaryDirectory(prefix="pace-acceptance-") as store:
        process = subprocess.Popen([server, dictionary, store], stdout=subprocess.PIPE, text=True)
        try:
            port = process.stdout.readline().strip()
            scripts = sorted(glob.glob(os.path.join(conversations, "definitions", "server", "fix44", "*.def")))
            names = [os.path.relpath(script, conversations) for script in scripts]
            done = subprocess.run(["ruby", "-I.", "Runner.rb", "127.0.0.1", port, *names], cwd=conversations,
                                  capture_output=True, text=True, check=False, errors="replace")
            alive = process.poll() is None
        finally:
            process.kill()
            process.wait()
    if not alive:
        sys.exit(f"the server ended in the middle:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr, done.returncode


def main():
    server, cache = map(os.path.abspath, sys.argv[1:3])
    os.makedirs(cache, exist_ok=True)
    if find(cache) is None:
        fetch(cache)
    said, status = play(server, find(cache))
    result = re.search(r"<results total='(\d+)' failures='(\d+)'/>", said)
    print(said)
    if status != 0 or result is None or tuple(map(int, result.groups())) != (CONVERSATIONS, 0):
        sys.exit(f"not all of the {CONVERSATIONS} conversations held")


if __name__ == "__main__":
    main()
