#!/usr/bin/python3
"""The main job: a compliance year of a province of 100,000 principals, against a really served exchange.

usage: main.py --binary build/release/pace --data var/exchange [--once] [--accounts N]

Every step checks what it did; the first that does not hold ends the job with status 1 and its words.
"""
import argparse
import os
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from exchange import Exchange, Failed, stop_database  # noqa: E402
from report import Report  # noqa: E402
from steps import compliance, markets, province, proofs  # noqa: E402


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default="build/release/pace")
    parser.add_argument("--data", default="var/exchange")
    parser.add_argument("--accounts", type=int, default=100_000, help="principals of the province")
    parser.add_argument("--orders", type=int, default=22_000, help="orders of the trading day")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--http-port", type=int, default=8080)
    parser.add_argument("--fix-port", type=int, default=9880)
    parser.add_argument("--picture", help="take a picture of the market page in the afternoon, with Chromium, into this PNG file")
    parser.add_argument("--once", action="store_true", help="end when the year is over instead of serving on")
    return parser.parse_args()


def fresh_directory(path):
    """The job starts from an empty exchange; a database left running by an earlier one is stopped first."""
    stop_database(path)
    shutil.rmtree(os.path.realpath(os.path.join(path, "pg")), ignore_errors=True)  # may be a link out of the directory
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path, mode=0o755)


def main():
    arguments = parse_arguments()
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    os.chdir(root)
    fresh_directory(arguments.data)
    report = Report()
    exchange = Exchange(os.path.abspath(arguments.binary), arguments.data, "config/pace.toml")
    try:
        province.play(exchange, report, arguments)
        markets.play(exchange, report, arguments)
        compliance.play(exchange, report, arguments)
        proofs.play(exchange, report, arguments)
        print(report.table())
        if not arguments.once:
            serve_on(exchange)
        return 0
    except Failed as failure:
        print(f"\nThe main job stopped in «{report.current}»: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        return 1
    finally:
        report.close()
        if exchange.process is not None and exchange.process.poll() is None:
            exchange.stop()


def serve_on(exchange):
    """Leaves the exchange running until Ctrl-C."""
    host, http, fix = exchange.ready["host"], exchange.ready["http"], exchange.ready["fix"]
    print(f"\nThe exchange goes on serving until Ctrl-C:\n  market page  http://{host}:{http}/market\n"
          f"  WebSocket    ws://{host}:{http}/ws\n  REST         http://{host}:{http}/api/v1/instruments\n"
          f"  metrics      http://{host}:{http}/metrics\n  FIX 4.4      {host}:{fix} (TargetCompID PACE)\n"
          f"  data         {exchange.data}", flush=True)
    try:
        exchange.process.wait()
        raise Failed(f"pace serve ended by itself:\n{exchange.tail()}")
    except KeyboardInterrupt:
        print("\nstopping")


if __name__ == "__main__":
    sys.exit(main())
