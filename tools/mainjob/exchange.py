"""The served exchange as the main job drives it: the `pace` binary, its process, its books."""
import json
import os
import signal
import subprocess
import time


class Failed(Exception):
    """A step of the main job did not hold; the text says which and why."""


def running_postmaster(data):
    """The PostgreSQL that a killed exchange left running on this directory, or None."""
    try:
        with open(os.path.join(data, "pg", "data", "postmaster.pid"), encoding="utf-8") as file:
            pid = int(file.readline())
        with open(f"/proc/{pid}/comm", encoding="utf-8") as file:
            return pid if file.read().strip() == "postgres" else None
    except (OSError, ValueError):
        return None


def works_in(folder):
    """Whether a process works there: a server, or what a killed exchange was about to make one with."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if (os.readlink(f"/proc/{pid}/cwd") + "/").startswith(folder + "/"):
                return True
        except OSError:
            pass  # it ended meanwhile
    return False


def stop_database(data):
    """Stops it, and waits until it is gone."""
    if pid := running_postmaster(data):
        os.kill(pid, signal.SIGINT)
    home = os.path.realpath(os.path.join(data, "pg"))
    for _ in range(300):
        if not works_in(home):
            return
        time.sleep(0.1)


class Exchange:
    """One data directory and the server on it."""

    def __init__(self, binary, data, config):
        self.binary, self.data, self.config = binary, data, config
        self.process = None
        self.ready = None

    def pace(self, *words, status=0, quiet=True):
        """Runs a subcommand; its output. `status`: the exit status it must have."""
        done = subprocess.run([self.binary, *map(str, words)], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE if quiet else None, text=True, check=False)
        if done.returncode != status:
            raise Failed(f"pace {' '.join(map(str, words[:6]))} … ended with {done.returncode}, not {status}:\n"
                         f"{done.stdout[-2000:]}{(done.stderr or '')[-2000:]}")
        return done.stdout

    def admin(self, *words, status=0):
        return self.pace("admin", *words, "--data", self.data, status=status)

    def load(self, kind, path, status=0):
        return self.pace("load", kind, path, "--data", self.data, status=status)

    def clock(self, local_time):
        """Moves the simulated clock to an exchange local time."""
        self.admin("advance_time", "--to", local_time)

    def start(self, http_port=0, fix_port=0, extra=()):
        """Serves on these ports (0: free ones), with further configuration overrides; returns when it is ready."""
        ready_file = os.path.join(self.data, "main-job-ready.json")
        if os.path.exists(ready_file):
            os.remove(ready_file)
        with open(os.path.join(self.data, "serve.log"), "ab") as log:
            self.process = subprocess.Popen(
                [self.binary, "serve", "--data", self.data, "--config", self.config, "--clock", "simulated",
                 *(word for override in (f"http.port={http_port}", f"fix.port={fix_port}", *extra) for word in ("--set", override)),
                 "--ready-file", ready_file], stdout=log, stderr=log)
        deadline = time.monotonic() + 120
        while not os.path.exists(ready_file):
            if self.process.poll() is not None:
                raise Failed(f"pace serve ended with {self.process.returncode} before it was ready:\n{self.tail()}")
            if time.monotonic() > deadline:
                raise Failed(f"pace serve was not ready after 120 s:\n{self.tail()}")
            time.sleep(0.02)
        with open(ready_file, encoding="utf-8") as file:
            self.ready = json.load(file)

    def tail(self):
        with open(os.path.join(self.data, "serve.log"), encoding="utf-8", errors="replace") as file:
            return "".join(file.readlines()[-15:])

    def kill(self):
        """As a power button would: no warning, no draining."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """Asks it to drain, and expects it to end well."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=120)
        if status != 0:
            raise Failed(f"pace serve ended with {status} when asked to stop:\n{self.tail()}")

    def session(self):
        return json.loads(self.admin("session"))

    def digest(self):
        return json.loads(self.admin("digest"))

    def sql(self, statement):
        """Rows of a query on the private cluster, as lists of texts."""
        socket = os.path.join(self.data, "pg", "socket")
        done = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-F", "\t", "-h", self.socket_directory(socket), "-U", "pace", "-d", "pace",
                               "-v", "ON_ERROR_STOP=1", "-c", statement], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failed(f"psql: {done.stderr}")
        return [line.split("\t") for line in done.stdout.splitlines()]

    @staticmethod
    def socket_directory(path):
        return os.path.realpath(path)

    def positions(self):
        """Where settlement's books and the registry's store stand; (-1, -1) while the database is away."""
        try:
            rows = self.sql("select b.sequence, r.sequence from books.applied b, registry.applied r")
            return tuple(map(int, rows[0]))
        except Failed:
            return -1, -1

    def wait_for_books(self, sequence, patience=120):
        """Until both have applied everything up to `sequence`."""
        deadline = time.monotonic() + patience
        while min(self.positions()) < sequence:
            if time.monotonic() > deadline:
                raise Failed(f"the books stand at {self.positions()}, not at {sequence}, after {patience} s:\n{self.tail()}")
            time.sleep(0.1)
