"""Step 6: emissions, offsets, surrender, shortfalls, penalties, and next year's allocation."""
import csv
import os

from flow import Province
from report import number
from steps.province import BROKERS, GENERATED, YEAR, allocate, expect


def play(exchange, report, arguments):
    report.step("emission records: signed, posted, verified")
    exchange.clock(f"{YEAR + 1}-01-15T10:00")
    exchange.load("emissions", f"{GENERATED}/emissions.csv")
    with open(f"{GENERATED}/emissions.csv", encoding="utf-8") as file:
        records = sum(1 for _ in file) - 1
    exchange.admin("verify_emissions", "--first", 1, "--last", records)
    report.row("emission records verified", number(records))
    allocate(exchange, report, arguments, YEAR + 1)
    report.step("offset requests and grants")
    exchange.clock(f"{YEAR + 1}-05-10T10:00")
    request_offsets(exchange)
    exchange.clock(f"{YEAR + 1}-06-11T10:00")
    exchange.admin("grant_offsets", "--year", YEAR)
    report.step("surrender, grace, penalties, banking")
    exchange.clock(f"{YEAR + 1}-06-20T10:00")
    exchange.admin("run_surrender", "--year", YEAR)
    exchange.admin("release_allocation", "--year", YEAR + 1)
    exchange.clock(f"{YEAR + 1}-07-21T10:00")
    exchange.admin("assess_compliance", "--year", YEAR)
    report.step("next year's holdings")
    exchange.wait_for_books(exchange.session()["sequence"])
    check_deductions(exchange, arguments)


def request_offsets(exchange):
    """Every holder of credits whose broker acts for both classes asks for what it holds."""
    province = Province(GENERATED)
    held = {int(account): int(amount)
            for account, amount in exchange.sql("select account, amount from books.balances where instrument = 2 and amount > 0")}
    for i, code in enumerate(BROKERS, 1):
        path = os.path.join(exchange.data, f"offsets-{code}.csv")
        with open(path, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["principal", "year", "instrument", "quantity"])
            for account, quantity in sorted(held.items()):
                if province.broker.get(account) == i and province.both_classes[account] and account in province.emitted:
                    writer.writerow([account, YEAR, 2, quantity])
        exchange.pace("load", "offsets", path, "--data", exchange.data, "--as", code)


def check_deductions(exchange, arguments):
    """PCA of next year: what was issued less what was deducted is what is held; the cap stands."""
    cap = arguments.accounts * 1200 * 97 // 100
    rows = exchange.sql("select kind, sum(amount) filter (where amount > 0) from books.postings where instrument = 3 group by kind")
    moved = {kind: int(amount) for kind, amount in rows}
    expect(moved["issue"] == cap, f"{moved['issue']} kg of next year's allowance were issued under a cap of {cap} kg")
    expect(moved.get("cancellation", 0) > 0, "no shortfall was deducted from next year's allocation")
