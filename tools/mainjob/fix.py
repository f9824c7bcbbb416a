"""The four brokers: one `pace client fix` process each, driven line by line on its standard input."""
import csv
import json
import subprocess

from exchange import Failed


class Broker:
    """A FIX 4.4 session that stays logged on through the day, also across the server's death."""

    def __init__(self, exchange, code, key_file, orders, report, store):
        self.code, self.report, self.orders = code, report, orders
        self.process = subprocess.Popen(
            [exchange.binary, "client", "fix", "--host", "127.0.0.1", "--port", str(exchange.ready["fix"]), "--sender", code,
             "--password-file", key_file, "--orders", orders, "--report", report, "--store", store, "--interactive"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def ask(self, line):
        """Sends one command line; its JSON answer is read by answer()."""
        try:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise Failed(f"the FIX client of {self.code} ended with {self.process.wait()}") from None

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise Failed(f"the FIX client of {self.code} ended with {self.process.wait()}")
        answer = json.loads(line)
        if answer.get("error"):
            raise Failed(f"the FIX client of {self.code}: {answer['error']}")
        return answer

    def rows(self):
        with open(self.report, encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def quit(self):
        self.ask("quit")
        self.answer()
        self.process.wait(timeout=60)


def all_brokers(brokers, line):
    """The same command to every broker at once; their answers."""
    for broker in brokers:
        broker.ask(line if isinstance(line, str) else line(broker))
    return [broker.answer() for broker in brokers]
