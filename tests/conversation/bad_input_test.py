"""Bad input ends in a clear error that names what, where and what is allowed, and loses nothing."""
import json
import os
import socket
import subprocess
import tomllib
import unittest

from served import ROOT, Served, account


class Configuration(Served):
    def serve_with(self, text, *said):
        path = self.write("pace.toml", text)
        return self.refuses(["serve", "--data", self.data, "--config", path], *said, status=2)

    def test_an_unknown_key_names_the_nearest(self):
        self.serve_with("[http]\nprot = 1\n", "pace.toml:2", "unknown key http.prot", "nearest known key is http.port")

    def test_a_wrong_unit_names_the_units(self):
        self.serve_with('[journal]\nsegment = "64 parsecs"\n', "journal.segment", "64 parsecs", "B, KiB, MiB, GiB")
        self.serve_with('[fix]\nlogon_timeout = "10"\n', "fix.logon_timeout", "ms, s, min")

    def test_a_value_out_of_range_or_of_another_type(self):
        self.serve_with("[http]\nport = 70000\n", "http.port = 70000", "from 0 to 65535")
        self.serve_with('[log]\njson = "yes"\n', "log.json", "true or false")
        self.serve_with("[log\n", "pace.toml:1")

    def test_a_missing_file(self):
        self.refuses(["serve", "--data", self.data, "--config", "/nowhere/pace.toml"], "/nowhere/pace.toml", "no such", status=2)

    def test_every_key_is_documented_in_the_file_and_the_file_is_taken(self):
        with open("config/pace.toml", "rb") as file:
            documented = {f"{table}.{key}" for table, keys in tomllib.load(file).items() for key in keys}
        _, text = self.run_pace("serve", "--help")
        keys = text.split("Keys of the configuration:\n", 1)[1]
        self.assertEqual({line.split(":")[0].strip() for line in keys.splitlines() if line.strip()}, documented)
        exchange = self.serve()  # serves with config/pace.toml
        self.assertIsNone(exchange.process.poll())


class DataDirectory(Served):
    def test_not_a_data_directory(self):
        self.refuses(["serve", "--data", self.folder], "pace init")

    def test_in_use_by_another_process(self):
        exchange = self.serve()
        self.refuses(["serve", "--data", self.data, "--set", "http.port=0", "--set", "fix.port=0"], str(exchange.process.pid))
        self.assertIsNone(exchange.process.poll())

    def test_written_by_a_newer_version(self):
        self.serve()
        self.exchange.stop()
        path = os.path.join(self.data, "VERSION")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self.assertIn("format 1", text)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace("format 1", "format 9"))
        self.refuses(["serve", "--data", self.data], "newer")

    def test_the_other_clock(self):
        self.serve()
        self.exchange.stop()
        self.refuses(["serve", "--data", self.data, "--clock", "real"], "clock")

    @unittest.skipIf(os.geteuid() != 0, "making a read-only mount needs root")
    def test_read_only(self):
        mount = os.path.join(self.folder, "ro")
        os.mkdir(mount)
        subprocess.run(["mount", "--bind", self.data, mount], check=True)
        self.addCleanup(subprocess.run, ["umount", mount], check=True)
        subprocess.run(["mount", "-o", "remount,ro,bind", mount], check=True)
        self.refuses(["serve", "--data", mount, "--clock", "simulated"], "ead-only")

    def test_a_port_in_use(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            for key in ("http", "fix"):
                other = "fix" if key == "http" else "http"
                self.refuses(["serve", "--data", self.data, "--clock", "simulated", "--set", f"{key}.port={port}",
                              "--set", f"{other}.port=0"], str(port), "in use")

    def test_damage_in_the_middle_of_the_log(self):
        self.serve()
        self.small_market()
        self.exchange.kill()
        folder = os.path.join(self.data, "log", "journal")
        segment = os.path.join(folder, sorted(os.listdir(folder))[0])
        with open(segment, "r+b") as file:
            file.seek(4096 + 600)  # records begin at 4096 (engine/journal/FORMAT.md)
            byte = file.read(1)
            file.seek(4096 + 600)
            file.write(bytes([byte[0] ^ 0x40]))
        self.refuses(["serve", "--data", self.data, "--clock", "simulated"], os.path.basename(segment))
        self.refuses(["verify", "--data", self.data], os.path.basename(segment))


class FullDisk(Served):
    @unittest.skipIf(os.geteuid() != 0, "mounting a small disk needs root")
    def test_nothing_acknowledged_is_lost(self):
        """Orders go in until the disk is full; the server says so and stops; with room again, all acknowledged are there."""
        disk = os.path.join(self.folder, "disk")
        os.mkdir(disk)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m,mode=755", "tmpfs", disk], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", disk], check=True)
        self.data = self.exchange.data = os.path.join(disk, "data")
        self.exchange.pace("init", "--data", self.data)
        nowhere = "postgres.conninfo=host=/nonexistent"  # the small disk is the log's alone
        small = ["journal.segment=1 MiB", nowhere]
        self.exchange.start(extra=small)
        self.addCleanup(self.end)
        self.small_market()
        rows = "".join(json.dumps({"command": "new_order", "request_id": f"o{i:06d}",
                                   "body": {"principal": account(i % 3 + 1), "instrument": 1, "side": "buy", "price": 8800 + i % 50,
                                            "quantity": 10, "time_in_force": "ioc"}}) + "\n" for i in range(40_000))
        acknowledged = self.send_until_it_stops(rows)
        self.assertGreater(acknowledged, 0)
        self.assertEqual(self.exchange.process.wait(timeout=60), 1)
        self.assertIn("disk full", self.exchange.tail())
        subprocess.run(["mount", "-o", "remount,size=200m", disk], check=True)
        self.exchange.start(extra=small)
        self.assertGreaterEqual(self.exchange.session()["sequence"], acknowledged)

    def send_until_it_stops(self, rows):
        """The highest sequence that was acknowledged."""
        import urllib.error
        import urllib.request
        with open(os.path.join(self.data, "keys", "ACME.key"), encoding="utf-8") as file:
            token = "ACME:" + file.read().strip()
        lines = rows.splitlines(keepends=True)
        highest = 0
        for start in range(0, len(lines), 500):
            request = urllib.request.Request(
                f"http://127.0.0.1:{self.exchange.ready['http']}/api/v1/commands", "".join(lines[start:start + 500]).encode(),
                {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"})
            try:
                with urllib.request.urlopen(request, timeout=30) as response:
                    for line in response:
                        highest = max(highest, json.loads(line).get("sequence", 0))
            except (OSError, urllib.error.URLError, ValueError):
                break
        return highest


class Population(Served):
    HEADER = "account,kind,region,birth,weight,guardian\n"
    GOOD = f"{account(1)},person,1,1980-01-01,1000,0\n"

    def load(self, content, *said):
        path = self.write("population.csv", content)
        self.refuses(["load", "population", path, "--data", self.data], "population.csv", *said)
        accounts = json.loads(self.exchange.admin("session"))
        self.assertEqual(accounts["sequence"], self.before)

    def test_each_bad_file_changes_nothing(self):
        self.serve()
        self.exchange.clock("2026-01-05T08:00")
        self.before = self.exchange.session()["sequence"]
        good, header = self.GOOD, self.HEADER
        self.load(header + good + good, ":3", "repeats", str(account(1)))
        self.load(header + good.replace("1000", "-5"), ":2", "weight", "-5")
        self.load(header.encode() + good.encode() + b"\xff\xfe,person,1,1980-01-01,1000,0\n", ":3", "UTF-8")
        self.load((header + good).replace("\n", "\r\n"), ":1", "CR LF")
        self.load(header + good.replace(str(account(1)), str(account(1) + 1)), ":2", "check digits")
        self.load(header + good.replace("1980-01-01", "1980-02-30"), ":2", "birth")
        self.load(header.replace("weight", "wieght") + good, "wieght", "weight")
        self.load("", "header")
        path = self.write("population.csv", header + good)
        self.assertIn("1 of 1 accepted", self.exchange.load("population", path))

    def test_a_file_sent_twice_applies_nothing_twice(self):
        self.serve()
        self.exchange.clock("2026-01-05T08:00")
        path = self.write("population.csv", self.HEADER + self.GOOD)
        self.exchange.load("population", path)
        self.exchange.load("population", path)
        self.assertIn("account_exists", self.exchange.admin("open_account", "--account", account(1), "--kind", "person", status=1))


class CommandLine(Served):
    def test_every_subcommand_has_help(self):
        _, text = self.run_pace("--help")
        names = [line.split()[0] for line in text.splitlines() if line.startswith("  ")]
        self.assertGreaterEqual(len(names), 10)
        for name in names:
            status, words = self.run_pace(name, "--help")
            self.assertEqual(status, 0, name)
            self.assertIn("sage", words, name)

    def test_wrong_usage_is_status_2(self):
        self.assertEqual(self.run_pace()[0], 2)
        self.assertEqual(self.run_pace("serv")[0], 2)
        self.assertEqual(self.run_pace("serve", "--nonsense")[0], 2)
        self.assertEqual(self.run_pace("admin", "set_cap", "--year", "soon", "--data", self.data)[0], 2)

    def test_the_exchange_is_not_running(self):
        self.refuses(["admin", "session", "--data", self.data], "running")


if __name__ == "__main__":
    os.chdir(ROOT)
    unittest.main()
