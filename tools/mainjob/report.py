"""Progress while the job runs, and the table at its end."""
import sys
import time


class Report:
    def __init__(self):
        self.started = time.monotonic()
        self.current = "start"
        self.step_started = self.started
        self.rows = []

    def step(self, name):
        """Names what happens now; says how long the step before took."""
        self.finish()
        self.current, self.step_started = name, time.monotonic()
        print(f"[{time.monotonic() - self.started:6.1f} s] {name} …", end="", flush=True)
        self.open = True

    open = False

    def finish(self):
        if self.open:
            print(f" {time.monotonic() - self.step_started:.1f} s", flush=True)
            self.open = False

    close = finish

    def note(self, text):
        """A line under the step."""
        self.finish()
        print(f"             {text}", flush=True)

    def row(self, name, value):
        """A line of the final table."""
        self.rows.append((name, str(value)))

    def table(self):
        self.finish()
        self.row("time spent", f"{time.monotonic() - self.started:.1f} s")
        width = max(len(name) for name, _ in self.rows)
        line = "-" * (width + 2 + max(len(value) for _, value in self.rows))
        return "\n".join(["", line, *(f"{name:<{width}}  {value}" for name, value in self.rows), line])


def number(value):
    """12,345"""
    return f"{value:,}"


def yuan(milli_fen):
    """Milli-fen as CNY, exact."""
    sign = "-" if milli_fen < 0 else ""
    whole, rest = divmod(abs(milli_fen), 100_000)
    text = f"{sign}{whole:,}.{rest:05d}".rstrip("0")
    return (text + "00" if text.endswith(".") else text) + " CNY"


if __name__ == "__main__":
    sys.exit(__doc__)
