"""The /market page in a real browser: headless Chromium opens it on a served exchange and shows the live book."""
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "conversation"))
from served import ROOT, Served  # noqa: E402

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--window-size=1280,800", "--virtual-time-budget=8000"]


class MarketPage(Served):
    def browse(self, *words):
        profile = os.path.join(self.folder, "profile")
        url = f"http://127.0.0.1:{self.exchange.ready['http']}/market"
        return subprocess.run(["chromium", *FLAGS, f"--user-data-dir={profile}", *words, url], capture_output=True, check=True,
                              timeout=120).stdout

    def test_the_page_shows_last_price_book_and_trades(self):
        self.serve()
        self.small_market()
        self.order("a", 1, "sell", 9800, 100)
        self.order("b", 2, "buy", 9800, 30)
        self.order("c", 3, "buy", 9700, 50)
        page = self.browse("--dump-dom").decode()
        for part in ("PCA-2026", "98.00", "97.00", "70"):
            self.assertIn(part, page)
        picture = os.path.join(self.folder, "market.png")
        self.browse(f"--screenshot={picture}")
        self.assertGreater(os.path.getsize(picture), 10_000)


if __name__ == "__main__":
    os.chdir(ROOT)
    unittest.main()
