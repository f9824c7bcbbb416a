"""The exchange without its database, after SIGKILL, and after both."""
import json
import os
import signal
import time
import unittest

from served import ROOT, Served, account


class Database(Served):
    def postmaster(self):
        with open(os.path.join(self.data, "pg", "data", "postmaster.pid"), encoding="utf-8") as file:
            return int(file.readline())

    def test_trading_goes_on_without_postgresql_and_the_books_catch_up(self):
        exchange = self.serve()
        self.small_market()
        exchange.wait_for_books(exchange.session()["sequence"])
        os.kill(self.postmaster(), signal.SIGINT)
        for i in range(5):
            self.assertIn("order_accepted", self.order(f"s{i}", 1, "sell", 9749, 20))
            self.assertIn('"trade"', self.order(f"b{i}", 2, "buy", 9749, 20))
        exchange.wait_for_books(exchange.session()["sequence"])
        self.assertEqual(exchange.sql("select count(*), sum(quantity) from books.trades"), [["5", "100"]])
        held = {int(a): int(q) for a, q in exchange.sql("select account, amount from books.balances where instrument = 1")}
        self.assertEqual(held[account(2)] - held[account(3)], 100)

    def test_the_day_is_reconciled_to_zero(self):
        exchange = self.serve()
        self.small_market()
        self.order("s", 1, "sell", 9749, 200)
        self.order("b", 2, "buy", 9749, 150)
        exchange.clock("2026-09-15T15:00")
        exchange.wait_for_books(exchange.session()["sequence"])
        deadline = time.monotonic() + 60
        query = ("select r.report_outcome is not null, r.differing from books.day_ends d "
                 "join books.reconciliations r on r.number = d.reconciliation where d.day = '2026-09-15'")
        while not (rows := exchange.sql(query)) or rows[0][0] != "t":
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)
        self.assertEqual(rows, [["t", "0"]])


class Kill(Served):
    def test_acknowledged_commands_survive_sigkill_and_a_repeat_gets_the_first_answer(self):
        exchange = self.serve()
        self.small_market()
        first = json.loads(self.order("k1", 1, "sell", 9800, 100))
        self.order("k2", 2, "buy", 9800, 30)
        before = exchange.digest()
        exchange.kill()
        exchange.start()
        self.assertEqual(exchange.digest(), before)
        again = json.loads(self.order("k1", 1, "sell", 9800, 100))
        self.assertEqual(again["repeats"], first["sequence"])
        self.assertEqual(exchange.session()["sequence"], before["sequence"] + 1)
        other = self.order("k1", 1, "sell", 9801, 100, status=1)
        self.assertIn("request_id_reused", other)

    def test_replay_gives_the_live_digest_from_any_start(self):
        exchange = self.serve("journal.snapshot_every=1000")
        self.small_market()
        self.order("r1", 1, "sell", 9749, 50)
        self.order("r2", 2, "buy", 9749, 40)
        live = exchange.digest()
        exchange.stop()
        replayed = json.loads(exchange.pace("replay", "--data", self.data, "--to", live["sequence"], "--json"))
        self.assertEqual(replayed["digest"], live["digest"])
        self.assertEqual(replayed["sequence"], live["sequence"])
        exchange.pace("verify", "--data", self.data)
        exchange.start()
        self.assertEqual(exchange.digest()["digest"], live["digest"])

    def test_ten_kills_in_a_row(self):
        exchange = self.serve()
        self.small_market()
        for i in range(10):
            answer = json.loads(self.order(f"n{i}", 1, "sell", 9700 + i, 10))
            exchange.kill()
            exchange.start()
            self.assertGreaterEqual(exchange.session()["sequence"], answer["sequence"])
        held = json.loads(exchange.admin("account", account(1)))["holdings"]
        self.assertEqual([h["held"] for h in held if h["instrument"] == 1], [100])
        exchange.stop()
        exchange.pace("verify", "--data", self.data)


if __name__ == "__main__":
    os.chdir(ROOT)
    unittest.main()
