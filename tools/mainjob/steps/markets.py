"""Steps 4 and 5: a trading day by FIX and WebSocket, with the server killed in the middle, and its settlement."""
import json
import os
import subprocess
import tempfile
import time
from collections import Counter

from exchange import Failed
from fix import Broker, all_brokers
from flow import ALLOWANCE, CREDIT, Flow, Province
from report import number, yuan
from steps.province import BROKERS, GENERATED, YEAR, expect
from ws import Client, order_of

DAY = f"{YEAR}-09-15"
SHARES = {"opening": 11, "morning": 27, "crash": 27, "afternoon": 27, "closing": 8}  # of the day's orders, per cent


class Day:
    """Everybody who trades, and what they were told."""

    def __init__(self, exchange, report, arguments):
        self.exchange, self.report = exchange, report
        province = Province(GENERATED)
        self.flows = [self.make_flow(province, i, arguments) for i in range(1, len(BROKERS) + 1)]
        self.brokers = [self.make_broker(code, flow) for code, flow in zip(BROKERS, self.flows)]
        self.clients = [self.make_client(BROKERS[0]), self.make_client(BROKERS[1])]
        self.client_flows = [Flow(province, i + 1, arguments.seed, "w") for i in range(2)]
        self.placed = [[], []]

    @staticmethod
    def make_flow(province, broker, arguments):
        flow = Flow(province, broker, arguments.seed, "f")
        for name, percent in SHARES.items():
            flow.phase(name, arguments.orders * percent // 100 // len(BROKERS), specials=name not in ("opening", "closing"))
        return flow

    def path(self, name):
        return os.path.join(self.exchange.data, name)

    def key(self, code):
        return self.path(f"keys/{code}.key")

    def make_broker(self, code, flow):
        flow.write(self.path(f"orders-{code}.csv"))
        return Broker(self.exchange, code, self.key(code), self.path(f"orders-{code}.csv"), self.path(f"reports-{code}.csv"),
                      self.path(f"client-{code}"))

    def make_client(self, code):
        with open(self.key(code), encoding="utf-8") as file:
            client = Client(code, file.read().strip(), [ALLOWANCE, CREDIT])
        client.connect(self.exchange.ready["http"])
        return client

    def send(self, phase, wait=True):
        all_brokers(self.brokers, lambda broker: "send {} {}".format(*self.flows[self.brokers.index(broker)].phases[phase]))
        if wait:
            all_brokers(self.brokers, "wait")

    def place(self, phase, count):
        """The WebSocket clients' part of a phase: plain limit orders, some of them wrong."""
        for client, flow, placed in zip(self.clients, self.client_flows, self.placed):
            flow.phase(phase, count, specials=False)
            rows = [order_of(row) for row in flow.rows[slice(*flow.phases[phase])]]
            client.place(rows)
            placed += rows

    def crash(self):
        """SIGKILL with orders on the way; the same ports, the same clients, nothing lost, nothing twice."""
        before = self.exchange.session()["sequence"]
        self.send("crash", wait=False)
        time.sleep(0.25)
        self.exchange.kill()
        ready = self.exchange.ready
        self.exchange.start(ready["http"], ready["fix"])
        after = self.exchange.session()["sequence"]
        expect(after >= before, f"the log stood at {before} before the kill and at {after} after it")
        for client in self.clients:
            client.wait_connected()
        all_brokers(self.brokers, "wait")
        return after

    def try_units_bought_today(self, wanted=20):
        """T+1: principals who bought this morning offer everything, today's units with it."""
        client, flow = self.clients[0], self.client_flows[0]
        rows = []
        for fill in list(client.fills.values()):
            if fill["side"] != "buy" or fill["instrument"] != 1 or len(rows) == wanted:
                continue
            account = json.loads(self.exchange.admin("account", fill["account"]))
            for holding in account["holdings"]:
                if holding["instrument"] == 1 and holding["bought_today"] > 0:
                    flow.order(fill["account"], ALLOWANCE, "sell", 9749, max(10, holding["total"] - holding["held"]))
                    rows.append(order_of(flow.rows[-1]))
        client.place(rows)
        self.placed[0] += rows


def play(exchange, report, arguments):
    report.step("brokers log on by FIX, clients by WebSocket")
    day = Day(exchange, report, arguments)
    report.step("opening call")
    exchange.clock(f"{DAY}T09:15")
    day.send("opening")
    day.place("opening", 40)
    exchange.clock(f"{DAY}T09:25")
    report.step("morning, continuous")
    exchange.clock(f"{DAY}T09:30")
    day.send("morning")
    day.place("morning", 120)
    report.step("SIGKILL in the middle, restart, resume")
    day.crash()
    day.place("crash", 60)
    report.step("afternoon, continuous, T+1")
    exchange.clock(f"{DAY}T11:30")
    exchange.clock(f"{DAY}T13:00")
    day.send("afternoon")
    day.place("afternoon", 60)
    day.try_units_bought_today()
    if arguments.picture:
        take_picture(exchange, arguments.picture)
    report.step("closing call")
    exchange.clock(f"{DAY}T14:57")
    day.send("closing")
    exchange.clock(f"{DAY}T15:00")
    report.step("settlement and reconciliation")
    settle(exchange, report, day)
    report.step("reports and market data against the books")
    compare(exchange, report, day)
    for client in day.clients:
        client.close()
    all_brokers(day.brokers, "quit")


def take_picture(exchange, path):
    """The market page as a browser shows it now."""
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                        "--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=1280,800",
                        "--virtual-time-budget=10000", f"--user-data-dir={profile}", f"--screenshot={os.path.abspath(path)}",
                        f"http://127.0.0.1:{exchange.ready['http']}/market"], check=True, capture_output=True, timeout=120)


def settle(exchange, report, day):
    exchange.wait_for_books(exchange.session()["sequence"])
    deadline = time.monotonic() + 60
    while True:
        rows = exchange.sql(f"select r.report_outcome, r.differing, r.accounts_compared from books.day_ends d "
                            f"join books.reconciliations r on r.number = d.reconciliation where d.day = '{DAY}'")
        if rows and rows[0][0]:
            break
        expect(time.monotonic() < deadline, f"the day end of {DAY} was not reconciled within a minute")
        time.sleep(0.1)
    _, differing, compared = rows[0]
    expect(int(differing) == 0, f"{differing} balances differ between engine, books and bank")
    unbalanced = exchange.sql("select count(*) from (select sequence, movement, instrument from books.postings "
                              "group by 1, 2, 3 having sum(amount) <> 0) as entries")
    expect(unbalanced == [["0"]], f"{unbalanced} journal entries do not sum to zero")
    trades, volume, low, high, fees = exchange.sql(
        "select count(*), sum(quantity), min(price), max(price), sum(buy_fee + sell_fee) from books.trades where instrument = 1")[0]
    report.row("PCA-2026: trades, volume, price range",
               f"{number(int(trades))}, {number(int(volume))} kg, {int(low) / 100:.2f} to {int(high) / 100:.2f} CNY/t")
    trades, volume, low, high, credit_fees = exchange.sql(
        "select count(*), coalesce(sum(quantity), 0), coalesce(min(price), 0), coalesce(max(price), 0), "
        "coalesce(sum(buy_fee + sell_fee), 0) from books.trades where instrument = 2")[0]
    report.row("PHCER-HH01-2026: trades, volume, price range",
               f"{number(int(trades))}, {number(int(volume))} kg, {int(low) / 100:.2f} to {int(high) / 100:.2f} CNY/t")
    report.row("fees", yuan(int(fees) + int(credit_fees)))
    report.row("settled and reconciled", f"{number(int(compared))} accounts, engine = books = bank, difference 0")


def compare(exchange, report, day):
    """Every fill a client was told of is in the books, and the other way round."""
    sides = {}
    for trade, broker, order, quantity in exchange.sql(
            "select trade, buy_broker, buy_order, quantity from books.trades union all "
            "select trade, sell_broker, sell_order, quantity from books.trades"):
        sides.setdefault(int(order), []).append(int(quantity))
    told, ids, rejects, answered = {}, Counter(), Counter(), Counter()
    orders = doubled = 0
    for broker, flow in zip(day.brokers, day.flows):
        sent = {row["cl_ord_id"] for row in flow.rows}
        orders += len(sent)
        for row in broker.rows():
            ids[(broker.code, row["exec_id"])] += 1
            if row["exec_type"] == "F" and row["cl_ord_id"].startswith("f"):
                told.setdefault(int(row["order_id"]), []).append(int(row["last_qty"]))
            answered[(broker.code, row["cl_ord_id"])] += 1
            if row["exec_type"] == "8" or row["msg_type"] == "9":
                rejects[row["reason"]] += 1
        missing = sent - {cl for code, cl in answered if code == broker.code}
        expect(not missing, f"{broker.code} got no answer to {len(missing)} orders: {sorted(missing)[:3]}")
    doubled = sum(n - 1 for (_, exec_id), n in ids.items() if exec_id not in ("", "0") and n > 1)
    expect(doubled == 0, f"{doubled} execution reports came twice")
    for client, flow, placed in zip(day.clients, day.client_flows, day.placed):
        orders += len(placed)
        expect(client.doubled == 0, f"{client.user}: {client.doubled} trades came twice over the WebSocket")
        for answer in client.answers.values():
            if answer["status"] == "rejected":
                rejects[answer["outcome"]["code"]] += 1
        for fill in client.fills.values():
            if fill["client_id"].startswith("w"):
                told.setdefault(fill["order"], []).append(fill["quantity"])
    wrong = [order for order, fills in told.items() if sorted(fills) != sorted(sides.get(order, []))]
    expect(not wrong, f"{len(wrong)} orders' reported fills are not the books' fills: {wrong[:3]}")
    expect(set(sides) == set(told), f"{len(set(sides) - set(told))} filled orders were never reported")
    public = {trade for client in day.clients for trade in client.trades}
    booked = {int(row[0]) for row in exchange.sql("select trade from books.trades")}
    expect(public == booked, f"the market data stream has {len(public)} trades, the books {len(booked)}")
    needed = {"no_entrustment", "not_enough_units", "price_above_limit", "price_below_limit", "units_bought_today"}
    expect(needed <= set(rejects), f"no order met the rules {sorted(needed - set(rejects))}")
    report.row("orders sent (FIX and WebSocket)", number(orders))
    report.row("rejects", number(sum(rejects.values())))
    for reason, count in rejects.most_common():
        report.row(f"  {reason}", number(count))
    report.row("books of ten levels checked by CRC", number(sum(b.checked for c in day.clients for b in c.books.values())))
    report.row("streams resumed from a sequence", number(sum(c.resumed for c in day.clients)))
    if not orders >= 20_000:
        report.note(f"{orders} orders: fewer than the full job's 20,000")
