#!/usr/bin/env python3
"""tools/check/mutants.py [PATTERN]: does a test fail when a rule is broken?

Breaks the code in one place after another, as mutants.toml beside this file lists them (those in whose name the regular
expression PATTERN is found), and runs the test that must fail. A mutant is killed when that test fails and says what the
list says it will. Exit 1: one survives, or does not fit the code any more. The tree is not touched: a mutant's file, its
objects and its test lie under build/release/mutants, beside what they are linked with.
"""
import hashlib
import os
import pathlib
import re
import subprocess
import sys
import time
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build/release"
SECONDS = 300  # that a test may take; they all take less than a tenth of it
# A short stream for the random test of the book: what it finds, it finds soon.
ENVIRONMENT = {**os.environ, "PACE_TWIN_STEPS": "200000"}


def call(*command):
    """What it printed. A failure ends everything."""
    done = subprocess.run(command, cwd=ROOT, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    if done.returncode != 0:
        sys.exit(done.stdout[-4000:])
    return done.stdout


def ninja(*arguments):
    return call("ninja", "-C", str(BUILD), *arguments)


class Target:
    """How a test is built: its compile commands by object, the files each was made of, and how it is linked."""

    def __init__(self, test):
        self.name = "tests/" + test
        *before, self.link = ninja("-t", "commands", self.name).strip().splitlines()
        self.compile = {m[1]: line for line in before if (m := re.search(r" -o (\S+\.o) -c \S+$", line))}
        self.made_of, at = {}, None
        for line in ninja("-t", "deps", *self.compile).splitlines():
            if line.startswith("    "):
                self.made_of[at].add(os.path.normpath(BUILD / line.strip()))
            elif ": #deps" in line:
                self.made_of[at := line.split(":")[0]] = set()


def unfit(mutant):
    """What is wrong with it as the code stands now; empty: nothing."""
    file = ROOT / mutant["file"]
    if not file.is_file():
        return f"there is no {mutant['file']}"
    found = file.read_text().count(mutant["text"])
    return "" if found == 1 else f"its text stands {found} times in {mutant['file']}"


def write(file, text):
    """Leaves a file alone that says so already: nothing is built anew for it."""
    if not file.is_file() or file.read_text() != text:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def home_of(mutant):
    """Its own for every mutant there ever was: nothing of another's lies in the way."""
    return "mutants/" + hashlib.sha256(repr(sorted(mutant.items())).encode()).hexdigest()[:16]


def plan(mutant, target):
    """Writes the mutated file; the lines of build.ninja that make its test."""
    home = home_of(mutant)
    sound, file = ROOT / mutant["file"], BUILD / home / mutant["file"]
    write(file, sound.read_text().replace(mutant["text"], mutant["with"]))
    lines, link, objects = [], target.link, []
    for was, command in target.compile.items():
        if str(sound) not in target.made_of[was]:
            continue
        source = pathlib.Path(command.split()[-1])
        if source == sound:
            source = file
        elif f'"{sound}"' in (whole := source.read_text()):  # several files compiled as one
            source = BUILD / home / source.name
            write(source, whole.replace(str(sound), str(file)))
        objects.append(f"{home}/{len(objects)}.o")
        command = re.sub(r" -MD -MT \S+ -MF \S+ -o \S+", f" -o {objects[-1]}", command)
        command = command.replace(f" -I{ROOT}", f" -I{BUILD / home} -I{ROOT}", 1).replace(" -O3", " -O1")
        command = re.sub(r" -c \S+$", f" -c {source}", command).replace(" -Werror", " -w")
        lines += [f"build {objects[-1]}: run {file} {was}", "  command_line = " + command.replace("$", "$$")]
        link = link.replace(f" {was} ", " ")
    # Before the libraries: what these objects define is not looked for there.
    link = link.replace(f" -o {target.name} ", f" {' '.join(objects)} -o {home}/test ")
    lines += [f"build {home}/test: run {' '.join(objects)} {target.name}", "  command_line = " + link.replace("$", "$$")]
    return lines


def telling(said):
    """The lines of a failing test that say what failed."""
    lines = [line for line in said.splitlines() if re.search(r"ERROR:|invariant fell|signal|says:|longer", line)]
    return "\n      ".join(lines[:6]) or said[-400:]


def run(binary):
    """Its exit status and what it said."""
    try:
        done = subprocess.run([str(BUILD / binary)], cwd=ROOT, env=ENVIRONMENT, text=True, errors="replace",
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS)
        return done.returncode, done.stdout
    except subprocess.TimeoutExpired:
        return 1, f"it ran longer than {SECONDS} s"


def judge(mutant):
    """Killed as expected? And what to say about it."""
    began = time.monotonic()
    status, said = run(home_of(mutant) + "/test")
    seconds = time.monotonic() - began
    if status == 0:
        return False, f"SURVIVED {mutant['test']}"
    if mutant["says"] not in said:
        return False, f"{mutant['test']} failed, but not with '{mutant['says']}'\n      {telling(said)}"
    return True, f"killed in {seconds:.1f} s by {mutant['test']}: {mutant['says']}"


def main():
    if len(sys.argv) > 2 or sys.argv[1:] in (["-h"], ["--help"]):
        sys.exit(__doc__)
    listed = tomllib.loads((ROOT / "tools/check/mutants.toml").read_text())["mutant"]
    if bad := [f"{m['name']}: {why}" for m in listed if (why := unfit(m))]:
        sys.exit("\n".join(bad))
    mutants = [m for m in listed if re.search("".join(sys.argv[1:]), m["name"])]
    if not mutants:
        sys.exit("no mutant's name matches")
    if not (BUILD / "build.ninja").is_file():
        call("cmake", "--preset", "release")
    tests = sorted({m["test"] for m in mutants})
    ninja(*tests)
    targets = {test: Target(test) for test in tests}
    for test in tests:
        status, said = run("tests/" + test)
        if status != 0:
            sys.exit(f"{test} fails without a mutant\n{said[-4000:]}")
    lines = ["builddir = mutants", "rule run", "  command = $command_line"]
    for mutant in mutants:
        lines += plan(mutant, targets[mutant["test"]])
    (BUILD / "mutants/build.ninja").write_text("\n".join(lines) + "\n")
    ninja("-k", "0", "-f", "mutants/build.ninja")
    killed = 0
    for mutant in mutants:
        ok, outcome = judge(mutant)
        killed += ok
        print(f"{mutant['name']}\n   {outcome}", flush=True)
    print(f"{killed} of {len(mutants)} killed")
    sys.exit(killed != len(mutants))


if __name__ == "__main__":
    main()
