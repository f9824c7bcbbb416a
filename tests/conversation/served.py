"""What the conversations share: a small exchange of their own, really served, in a temporary directory."""
import os
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "tools", "mainjob"))
from exchange import Exchange, stop_database  # noqa: E402

BINARY = os.environ.get("PACE_BINARY", os.path.join(ROOT, "build", "release", "pace"))


def account(person):
    """The account number of a made-up person (1, 2, 3 …): serials below 101 are the exchange's own; ISO 7064 MOD 97-10."""
    serial = 100 + person
    return serial * 100 + 98 - serial * 100 % 97


class Served(unittest.TestCase):
    """Each test has a data directory; `self.exchange` is started by serve()."""

    def setUp(self):
        os.chdir(ROOT)
        holder = tempfile.TemporaryDirectory(prefix="pace-test-", dir="/tmp")
        self.addCleanup(holder.cleanup)
        os.chmod(holder.name, 0o755)  # the database's user walks through it
        self.folder = holder.name
        self.data = os.path.join(holder.name, "data")
        self.addCleanup(stop_database, self.data)  # a killed exchange leaves its database running
        self.exchange = Exchange(BINARY, self.data, "config/pace.toml")
        self.exchange.pace("init", "--data", self.data)

    def serve(self, *overrides):
        self.exchange.start(extra=list(overrides))
        self.addCleanup(self.end)
        return self.exchange

    def end(self):
        if self.exchange.process is not None and self.exchange.process.poll() is None:
            self.exchange.stop()

    def write(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return path

    def run_pace(self, *words, **options):
        """(exit status, both outputs)."""
        done = subprocess.run([BINARY, *map(str, words)], capture_output=True, text=True, check=False, timeout=60, **options)
        return done.returncode, done.stdout + done.stderr

    def refuses(self, words, *said, status=1, **options):
        """The command ends with the status, and its words name each of `said`."""
        got, text = self.run_pace(*words, **options)
        self.assertEqual(got, status, text)
        for part in said:
            self.assertIn(part, text)
        return text

    def small_market(self):
        """One broker, three people with allowances of 2026 that can be sold, money for two: 09:30 of a trading day."""
        exchange = self.exchange
        exchange.pace("admin", "user", "add", "--data", self.data, "--name", "ACME", "--role", "broker", "--number", "1",
                      "--scopes", "read,trade")
        exchange.clock("2026-01-05T08:00")
        exchange.admin("register_broker", "--broker", 1, "--code", "ACME", "--title", "Acme", "--own_account", account(900))
        exchange.admin("list_instrument", "--instrument", 1, "--symbol", "PCA-2026", "--kind", "allowance", "--vintage", 2026,
                       "--reference_price", 9749)
        for serial in (1, 2, 3):
            exchange.admin("open_account", "--account", account(serial), "--kind", "person", "--region", 1, "--birth", "1980-01-01")
            exchange.admin("grant_entrustment", "--entrustment", serial, "--principal", account(serial), "--broker", 1,
                           "--instruments", "both", "--sides", "both", "--start", "2026-01-01", "--end", "2027-12-31")
            exchange.admin("deposit_cash", "--broker", 1, "--account", account(serial), "--amount", 50_000_000,
                           "--bank_reference", f"line-{serial}")
        exchange.admin("set_cap", "--year", 2026, "--cap", 3600)
        exchange.admin("run_allocation", "--year", 2026)
        exchange.admin("release_allocation", "--year", 2026)
        exchange.clock("2026-09-15T08:00")
        exchange.clock("2026-09-15T09:30")

    def order(self, client_id, serial, side, price, quantity, status=0):
        return self.exchange.admin("new_order", "--as", "ACME", "--id", client_id, "--principal", account(serial), "--instrument", 1,
                                   "--side", side, "--price", price, "--quantity", quantity, "--events", status=status)
