"""Clients that we did not write log on to a served exchange, trade, are cut off and resume: npm ws, and a browser. And what an
operator does to a login meanwhile, and what a session leaves behind, shows on the wire."""
import functools
import http.server
import json
import os
import queue
import shutil
import subprocess
import threading
import time
import unittest
import urllib.parse

from served import ROOT, Served, account
from web_client import RawWebSocket

HERE = os.path.join(ROOT, "tests", "conversation")
PAGE = """<!doctype html><title>waiting</title><script type="module">
import { play } from "./web_client.mjs";
const given = Object.fromEntries(new URLSearchParams(location.search));
play({ ...given, principal: Number(given.principal), open: (url) => new WebSocket(url), cut: (socket) => socket.close() })
  .then((seen) => JSON.stringify(seen), (error) => "failed: " + error)
  .then((body) => fetch("/result", { method: "POST", body }));
</script>"""
NODE = """import { createRequire } from "node:module";
import { webcrypto } from "node:crypto";
import { play } from %r;
globalThis.crypto ??= webcrypto;
const WebSocket = createRequire(%r)("ws");
const given = JSON.parse(process.argv[2]);
play({ ...given, open: (url) => new WebSocket(url), cut: (socket) => socket.terminate() })
  .then((seen) => { console.log(JSON.stringify(seen)); process.exit(0); }, (error) => { console.error(error); process.exit(1); });
"""
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--remote-debugging-port=0"]


class Pages(http.server.SimpleHTTPRequestHandler):
    extensions_map = {".mjs": "text/javascript", ".html": "text/html"}

    def log_message(self, *words):
        pass

    def do_POST(self):
        self.server.results.put(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.send_response(204)
        self.end_headers()


class Clients(Served):
    def market(self, *overrides):
        self.serve("postgres.conninfo=host=/nonexistent", *overrides)
        self.small_market()
        self.order("a", 1, "sell", 9800, 400)
        self.port = self.exchange.ready["http"]

    def secret(self, login):
        with open(os.path.join(self.data, "keys", f"{login}.key"), encoding="ascii") as file:
            return file.read().strip()

    def given(self, mark):
        return {"url": f"ws://127.0.0.1:{self.port}/ws", "user": "ACME", "secret": self.secret("ACME"), "principal": account(2), "mark": mark}

    def known(self, log_in):
        """The session and the answer once the login is taken: the server looks for new keys every second."""
        deadline = time.monotonic() + 60
        while True:
            session = RawWebSocket(self.port)
            answer = log_in(session)
            if answer["status"] == "ok":
                return session, answer
            session.close()
            self.assertLess(time.monotonic(), deadline, answer)
            time.sleep(0.2)

    def test_npm_ws(self):
        folder = os.path.join(self.folder, "npm")
        done = subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, "ws@8.18.0"],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            self.skipTest(f"the package ws cannot be fetched: {done.stderr[-200:]}")
        self.market()
        script = self.write("client.mjs", NODE % (os.path.join(HERE, "web_client.mjs"), folder + "/"))
        done = subprocess.run(["node", script, json.dumps(self.given("n"))], capture_output=True, text=True, check=False, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout), list(range(1, 21)))

    def test_a_browser(self):
        pages = os.path.join(self.folder, "pages")
        os.mkdir(pages)
        shutil.copy(os.path.join(HERE, "web_client.mjs"), pages)
        with open(os.path.join(pages, "page.html"), "w", encoding="utf-8") as file:
            file.write(PAGE)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Pages, directory=pages))
        server.results = queue.Queue()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.shutdown)
        origin = f"http://127.0.0.1:{server.server_port}"
        self.market(f"http.origins={origin}")
        url = f"{origin}/page.html?{urllib.parse.urlencode(self.given('b'))}"
        with subprocess.Popen(["chromium", *FLAGS, f"--user-data-dir={self.folder}/profile", url], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as browser:
            try:
                result = server.results.get(timeout=120)
            finally:
                browser.terminate()
        self.assertEqual(result, json.dumps(list(range(1, 21)), separators=(",", ":")))

    def test_a_revoked_key_ends_its_session_and_says_why(self):
        self.market()
        self.run_pace("admin", "key", "add", "--data", self.data, "--user", "ACME", "--name", "bot", "--scopes", "read")
        bot, answer = self.known(lambda session: session.log_in("bot", self.secret("bot")))
        self.assertEqual(answer["scopes"], ["read"])
        self.assertEqual(self.run_pace("admin", "key", "revoke", "--data", self.data, "--name", "bot")[0], 0)
        with self.assertRaises(EOFError) as ended:
            bot.hear(op="nothing")
        self.assertEqual(ended.exception.args, (4001, "bot was revoked"))
        self.assertIn("bot key of ACME read revoked", self.run_pace("admin", "user", "list", "--data", self.data)[1])

    def test_an_ed25519_key_signs_in(self):
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        self.market()
        private = Ed25519PrivateKey.generate()
        public = private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw).hex()
        status, words = self.run_pace("admin", "key", "add", "--data", self.data, "--user", "ACME", "--name", "signer", "--scopes",
                                      "read,trade", "--public-key", public)
        self.assertEqual(status, 0, words)

        def sign_in(session):
            nonce = session.hear(op="hello")["nonce"]
            session.say(op="login", id="l", user="signer", signature=private.sign(f"PACE login:{nonce}:signer".encode()).hex())
            return session.hear(id="l")
        self.known(sign_in)

    def test_cancel_on_disconnect_leaves_nothing_behind(self):
        self.market()
        session = RawWebSocket(self.port)
        self.assertTrue(session.log_in("ACME", self.secret("ACME"), cancel_on_disconnect=True)["cancel_on_disconnect"])
        session.say(op="place", id="c1", principal=account(2), symbol="PCA-2026", side="buy", price=9000, quantity=10)
        self.assertEqual(session.hear(id="c1")["status"], "accepted")
        watching = RawWebSocket(self.port)
        watching.log_in("ACME", self.secret("ACME"))
        watching.say(op="subscribe", id="s", channel="orders")
        self.assertEqual(len(watching.hear(channel="orders", type="snapshot")["orders"]), 2)
        session.close()
        gone = watching.hear(channel="orders", type=None)
        self.assertEqual({event["reason"] for event in gone["events"]}, {"disconnect"})
        self.assertEqual(len(gone["events"]), 2)

    def test_everything_resumes_after_the_server_was_killed(self):
        self.market()
        session = RawWebSocket(self.port)
        session.log_in("ACME", self.secret("ACME"))
        for channel in ("orders", "fills", "notices"):
            session.say(op="subscribe", id=channel, channel=channel)
        session.say(op="place", id="k1", principal=account(2), symbol="PCA-2026", side="buy", price=9800, quantity=10)
        last = session.hear(channel="fills", op=None)["sequence"]
        session.say(op="place", id="k2", principal=account(2), symbol="PCA-2026", side="buy", price=9800, quantity=10)
        self.assertEqual(session.hear(id="k2")["status"], "accepted")
        self.exchange.kill()
        self.exchange.start(extra=["postgres.conninfo=host=/nonexistent"])
        deadline = time.monotonic() + 20
        again = RawWebSocket(self.exchange.ready["http"])
        while again.status == 503 and time.monotonic() < deadline:
            time.sleep(0.1)
            again = RawWebSocket(self.exchange.ready["http"])
        again.log_in("ACME", self.secret("ACME"))
        again.say(op="subscribe", id="s", channel="fills", **{"from": last})
        self.assertTrue(again.hear(id="s")["resumed"])
        self.assertEqual({fill["client_id"] for fill in again.hear(channel="fills", op=None)["fills"]}, {"k2", "a"})


if __name__ == "__main__":
    os.chdir(ROOT)
    unittest.main()
