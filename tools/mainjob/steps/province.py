"""Steps 1 to 3: a served exchange, the province loaded from files, cap and allocation."""
import csv
import glob
import os

from exchange import Failed
from report import number

BROKERS = ["GREENWAY", "BAMBOO", "HARBOUR", "LOTUS"]
YEAR = 2026
DEMO = "config/demo"
GENERATED = "config/demo/generated"


def expect(condition, text):
    if not condition:
        raise Failed(text)


def play(exchange, report, arguments):
    report.step("generate the province")
    exchange.pace("load", "generate", "--out", GENERATED, "--seed", arguments.seed, "--accounts", arguments.accounts, "--year", YEAR)
    report.step("pace init and pace serve")
    exchange.pace("init", "--data", exchange.data, "--origin", "pace.example/demo-province")
    for i, code in enumerate(BROKERS, 1):
        exchange.pace("admin", "user", "add", "--data", exchange.data, "--name", code, "--role", "broker", "--number", i,
                      "--scopes", "read,trade")
    exchange.start(arguments.http_port, arguments.fix_port)
    exchange.clock(f"{YEAR}-01-05T08:00")
    load_province(exchange, report)
    allocate(exchange, report, arguments, YEAR)
    report.step("release, credits, up to the trading day")
    exchange.admin("release_allocation", "--year", YEAR)
    exchange.clock(f"{YEAR}-07-01T12:00")
    exchange.clock(f"{YEAR}-08-17T12:00")
    applications = apply_for_credits(exchange)
    exchange.clock(f"{YEAR}-09-14T12:00")  # the split stood public for more than 7 working days
    for application in applications:
        exchange.admin("decide_credits", "--application", application, "--approve", "true", "--reference", "approval-2026")
    exchange.clock(f"{YEAR}-09-15T08:00")


def load_province(exchange, report):
    report.step("load the province")
    exchange.pace("admin", "rules", "--data", exchange.data, *sorted(glob.glob("config/rulebook/*.toml")))
    for kind, folder in [("brokers", DEMO), ("parties", GENERATED), ("projects", DEMO), ("factors", DEMO), ("instruments", DEMO),
                         ("population", GENERATED), ("entrustments", GENERATED), ("deposits", GENERATED)]:
        exchange.load(kind, f"{folder}/{kind}.csv")


def weights_file(path):
    """The population as `pace rules allocate` reads it: account,weight."""
    with open(f"{GENERATED}/population.csv", encoding="utf-8", newline="") as population, \
            open(path, "w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["account", "weight"])
        writer.writerows([row["account"], row["weight"]] for row in csv.DictReader(population))


def allocate(exchange, report, arguments, year):
    """Sets the cap, runs the allocation, and compares it to the kilogram with the rules as a calculator."""
    report.step(f"cap and allocation of {year}")
    cap = arguments.accounts * 1200 * (97 if year > YEAR else 100) // 100
    exchange.admin("set_cap", "--year", year, "--cap", cap)
    exchange.admin("run_allocation", "--year", year)
    if year != YEAR:
        return cap
    inputs, outputs = os.path.join(exchange.data, "weights.csv"), os.path.join(exchange.data, "allocated.csv")
    weights_file(inputs)
    exchange.pace("rules", "allocate", "--accounts", inputs, "--cap", cap, "--year", year, "--out", outputs)
    expected = allocated_per_holder(outputs)
    exchange.wait_for_books(exchange.digest()["sequence"])
    booked = {int(account): int(amount)
              for account, amount in exchange.sql("select account, amount from books.balances where instrument = 1")}
    wrong = [a for a, kg in expected.items() if booked.get(a) != kg]
    expect(not wrong, f"{len(wrong)} accounts do not hold what rulebook 3 allocates; the first is {wrong[:1]}")
    pool = sum(expected.values())
    expect(pool == cap - cap * 5 // 100, f"the allocation sums to {pool} kg, not to the free pool")
    report.row("cap, free pool, principals", f"{number(cap)} kg, {number(pool)} kg, {number(arguments.accounts)}")
    return cap


def allocated_per_holder(path):
    """Kilograms per holder: a minor's share goes to the guardian."""
    guardian = {}
    with open(f"{GENERATED}/population.csv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            guardian[row["account"]] = row["guardian"] if row["kind"] == "minor" else row["account"]
    expected = {}
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            holder = int(guardian[row["account"]])
            expected[holder] = expected.get(holder, 0) + int(row["quantity"])
    return expected


def apply_for_credits(exchange):
    """Each broker applies for its households of the solar project, the verifier states what they saved."""
    with open(f"{GENERATED}/credits.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for code, row in zip(BROKERS, rows):
        path = os.path.join(exchange.data, f"credits-{code}.csv")
        with open(path, "w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, row.keys(), lineterminator="\n")
            writer.writeheader()
            writer.writerow(row)
        exchange.pace("load", "credits", path, "--data", exchange.data, "--as", code)
        exchange.admin("state_credits", "--application", row["application"], "--verified", row["quantity"])
    return [row["application"] for row in rows]
