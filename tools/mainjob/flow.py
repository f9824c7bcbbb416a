"""The day's orders, from the generated province and a seed: who has too little buys, who has too much sells."""
import csv
import random

COLUMNS = ["action", "cl_ord_id", "orig_cl_ord_id", "principal", "symbol", "side", "type", "tif", "price_fen", "quantity",
           "display", "post_only"]
ALLOWANCE, CREDIT = "PCA-2026", "PHCER-HH01-2026"
REFERENCE = {ALLOWANCE: 9749, CREDIT: 6200}


class Province:
    """The generated files, as far as trading needs them."""

    def __init__(self, folder):
        self.weight, self.kind, self.emitted = {}, {}, {}
        self.broker, self.both_classes, self.may_buy, self.ceiling, self.order_limit = {}, {}, {}, {}, {}
        self.cash = {}
        for row in self.rows(folder, "population"):
            self.weight[int(row["account"])] = int(row["weight"])
            self.kind[int(row["account"])] = row["kind"]
        for row in self.rows(folder, "entrustments"):
            account = int(row["principal"])
            self.broker[account] = int(row["broker"])
            self.both_classes[account] = row["instruments"] == "both"
            self.may_buy[account] = row["sides"] == "both"
            self.ceiling[account] = int(row["ceiling"])
            self.order_limit[account] = int(row["order_limit"])
        for row in self.rows(folder, "deposits"):
            self.cash[int(row["account"])] = int(row["amount"])
        for row in self.rows(folder, "emissions"):
            account = int(row["principal"])
            self.emitted[account] = self.emitted.get(account, 0) + int(row["computed"])
        self.credits = {}
        for row in self.rows(folder, "credits"):
            for item in row["split"].split(";"):
                account, share = item.split(":")
                self.credits[int(account)] = int(share)

    @staticmethod
    def rows(folder, name):
        with open(f"{folder}/{name}.csv", encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)

    def surplus(self, account):
        """Kilograms a person expects to have over at the end of the year; negative: to lack."""
        return self.weight[account] * 1200 // 1000 - self.emitted.get(account, 0)


class Flow:
    """Orders of one broker (or of a WebSocket client), phase by phase; each phase is a half-open range of rows."""

    def __init__(self, province, broker, seed, prefix):
        self.province, self.broker, self.prefix = province, broker, prefix
        self.random = random.Random(f"{seed}/{broker}/{prefix}")
        mine = sorted(a for a, b in province.broker.items() if b == broker)
        self.sellers = [a for a in mine if province.surplus(a) > 20]
        self.buyers = [a for a in mine if province.surplus(a) < -20 and province.may_buy[a] and province.cash.get(a, 0) > 3_000_000]
        self.spenders = [a for a in mine if province.may_buy[a] and province.cash.get(a, 0) > 10_000_000]
        self.holders = [a for a in mine if a in province.credits and province.both_classes[a]]
        self.mine = mine
        self.others = sorted(a for a, b in province.broker.items() if b != broker)[:500]
        self.unentrusted = [a for a in province.weight if a not in province.broker and province.kind[a] == "person"][:500]
        self.rows, self.phases, self.placed = [], {}, []

    def id(self):
        return f"{self.prefix}{len(self.rows):06d}"

    def order(self, principal, symbol, side, price, quantity, tif="day", order_type="limit", display=0, post_only=0):
        row = dict(zip(COLUMNS, ["new", self.id(), "", principal, symbol, side, order_type, tif, price, quantity, display, post_only]))
        self.rows.append(row)
        if tif == "day" and order_type == "limit":
            self.placed.append(row)

    def around(self, symbol, side, spread):
        """A price near the reference: most orders rest a little away from it, some cross."""
        step = self.random.randint(-spread // 3, spread)
        return REFERENCE[symbol] + (step if side == "sell" else -step)

    def seller(self):
        account = self.random.choice(self.sellers)
        return account, max(10, min(self.province.surplus(account) // 3, self.random.randint(10, 120)))

    def buyer(self, price):
        account = self.random.choice(self.buyers if self.random.random() < 0.7 else self.spenders)
        limit = self.province.order_limit[account] or 400
        affordable = self.province.cash[account] // (price * 4)
        return account, max(10, min(limit, affordable, self.random.randint(10, 150)))

    def plain(self, tif="day", spread=120):
        if self.holders and self.random.random() < 0.08:
            self.credit(tif, spread)
            return
        side = self.random.choice(["buy", "sell"])
        price = self.around(ALLOWANCE, side, spread)
        account, quantity = self.seller() if side == "sell" else self.buyer(price)
        if side == "buy" and 0 < self.province.ceiling[account] < price:
            price = self.province.ceiling[account]
        self.order(account, ALLOWANCE, side, price, quantity, tif)

    def credit(self, tif, spread):
        side = self.random.choice(["buy", "sell"])
        price = self.around(CREDIT, side, spread)
        if side == "sell":
            account = self.random.choice(self.holders)
            self.order(account, CREDIT, side, price, max(10, self.province.credits[account] // 5), tif)
            return
        account = self.random.choice([a for a in self.spenders if self.province.both_classes[a]])
        self.order(account, CREDIT, side, price, self.random.randint(10, 80), tif)

    def special(self):
        """Icebergs, immediate orders, market orders, post-only, cancels, replaces."""
        kind = self.random.randrange(6)
        account, quantity = self.seller()
        price = self.around(ALLOWANCE, "sell", 120)
        if kind == 0:
            self.order(account, ALLOWANCE, "sell", price, max(40, quantity), display=10)
        elif kind == 1:
            self.plain(tif=self.random.choice(["ioc", "fok"]), spread=40)
        elif kind == 2:
            self.order(account, ALLOWANCE, "sell", 0, quantity, tif="ioc", order_type="market")
        elif kind == 3:
            self.order(account, ALLOWANCE, "sell", REFERENCE[ALLOWANCE] + 150, quantity, post_only=1)
        elif self.placed:
            target = self.placed.pop(self.random.randrange(len(self.placed)))
            row = dict(target, action="cancel" if kind == 4 else "replace", cl_ord_id=self.id(), orig_cl_ord_id=target["cl_ord_id"])
            if kind == 5:
                row["price_fen"] = target["price_fen"] + self.random.choice([-2, -1, 1, 2])
            self.rows.append(row)
        else:
            self.plain()

    def wrong(self):
        """Orders that must be rejected, each for another rule."""
        account, quantity = self.seller()
        buyer, _ = self.buyer(REFERENCE[ALLOWANCE])
        self.random.choice([
            lambda: self.order(self.random.choice(self.unentrusted), ALLOWANCE, "sell", 9749, 50),
            lambda: self.order(self.random.choice(self.others), ALLOWANCE, "sell", 9749, 50),
            lambda: self.order(account, ALLOWANCE, "sell", 9749, 19_000),
            lambda: self.order(account, ALLOWANCE, "sell", 10_800, quantity),
            lambda: self.order(buyer, ALLOWANCE, "buy", 8_700, 20),
            lambda: self.order(account, ALLOWANCE, "sell", 9749, 9),
            lambda: self.order(account, ALLOWANCE, "sell", 9749, 20_001),
            lambda: self.order(buyer, ALLOWANCE, "buy", 9749, 19_000),
            lambda: self.order(account, CREDIT, "sell", 6200, 5_000),
        ])()

    def phase(self, name, count, specials=True):
        start = len(self.rows)
        while len(self.rows) - start < count:
            dice = self.random.random()
            if dice < 0.06:
                self.wrong()
            elif dice < 0.20 and specials:
                self.special()
            else:
                self.plain()
        self.phases[name] = (start, len(self.rows))

    def write(self, path):
        with open(path, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(self.rows)
