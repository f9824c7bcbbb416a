"""A trading client on the WebSocket, with a library we did not write (python3-websockets): orders, private stream,
market data, and resume from a sequence number after the server died."""
import asyncio
import hashlib
import heapq
import hmac
import json
import threading
import time
import zlib

import websockets

from exchange import Failed


def login_proof(user, secret, nonce):
    """The challenge login of gateway/auth/credentials.h."""
    key = hmac.new(secret.encode(), f"PACE client key:{user}".encode(), hashlib.sha256).digest()
    mask = hmac.new(hashlib.sha256(key).digest(), f"{nonce}:{user}".encode(), hashlib.sha256).digest()
    return bytes(a ^ b for a, b in zip(key, mask)).hex()


class Book:
    """The public book of one symbol, kept from snapshot and deltas; each snapshot and every tenth delta is checked by
    the CRC32 of the best ten levels."""

    def __init__(self):
        self.sides = {"bids": {}, "asks": {}}
        self.deltas = self.checked = 0

    def apply(self, message):
        if message["type"] == "snapshot":
            self.sides = {"bids": {}, "asks": {}}
            self.deltas = 0
        for side, levels in self.sides.items():
            for price, quantity, _ in message[side]:
                if quantity:
                    levels[price] = quantity
                else:
                    levels.pop(price, None)
        if self.deltas % 10 == 0:
            self.check(message)
        self.deltas += 1

    def check(self, message):
        asks = heapq.nsmallest(10, self.sides["asks"].items())
        bids = heapq.nlargest(10, self.sides["bids"].items())
        text = "".join(f"{price}{quantity}" for price, quantity in asks + bids)
        if zlib.crc32(text.encode()) != message["checksum"]:
            raise Failed(f"the book of {message['symbol']} at {message['sequence']} does not have its checksum")
        self.checked += 1


class Client:
    """Runs on an event loop in a thread of its own; the main job calls it from outside."""

    def __init__(self, user, secret, symbols):
        self.user, self.secret, self.symbols = user, secret, symbols
        self.answers, self.fills, self.trades, self.books = {}, {}, {}, {s: Book() for s in symbols}
        self.last = {}  # channel and symbol -> sequence of the last message
        self.doubled = 0
        self.fatal = None
        self.stop_wanted = False
        self.connected = threading.Event()
        self.loop = asyncio.new_event_loop()
        self.socket = None
        self.resumed = 0
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def connect(self, port):
        """Logs on, and again whenever the connection ends (the server died, or dropped a reader that was too slow)."""
        asyncio.run_coroutine_threadsafe(self.stay_connected(port), self.loop)
        self.wait_connected()

    def wait_connected(self):
        if not self.connected.wait(30):
            raise Failed(f"the WebSocket client {self.user} could not log on: {self.fatal}")

    async def stay_connected(self, port):
        while not self.stop_wanted and self.fatal is None:
            try:
                await self.session(port)
            except (OSError, websockets.WebSocketException):
                await asyncio.sleep(0.05)
            except Exception as error:  # noqa: BLE001: kept for the main thread, which raises it
                self.fatal = error
            finally:
                self.connected.clear()

    async def session(self, port):
        async with websockets.connect(f"ws://127.0.0.1:{port}/ws", max_size=None, max_queue=None) as socket:
            self.socket = socket
            hello = json.loads(await socket.recv())
            await socket.send(json.dumps({"op": "login", "user": self.user,
                                          "proof": login_proof(self.user, self.secret, hello["nonce"])}))
            answer = json.loads(await socket.recv())
            if answer["status"] != "ok":
                raise Failed(f"login refused: {answer}")
            await self.subscribe(socket)
            self.connected.set()
            async for text in socket:
                self.take(json.loads(text))

    async def subscribe(self, socket):
        """Resumes what was heard before from its last sequence; books come as a fresh snapshot."""
        for channel, symbol in [("fills", None)] + [(c, s) for c in ("trades", "book") for s in self.symbols]:
            message = {"op": "subscribe", "channel": channel}
            if symbol:
                message["symbol"] = symbol
            if channel != "book":
                message["from"] = self.last.get((channel, symbol), 0)
                self.resumed += 1 if message["from"] else 0
            await socket.send(json.dumps(message))

    def take(self, message):
        if "op" in message:
            if message["status"] == "error":
                raise Failed(f"{self.user}: {message}")
            if message["op"] == "place":
                self.answers[message["id"]] = message
            return
        channel, symbol = message.get("channel"), message.get("symbol")
        if channel == "book":
            self.books[symbol].apply(message)
        elif channel == "trades" and message["type"] == "update":
            self.keep(self.trades, message["trades"], lambda t: t["trade"])
            self.last[(channel, symbol)] = message["sequence"]
        elif channel == "fills":
            self.keep(self.fills, message["fills"], lambda f: (f["trade"], f["side"]))
            self.last[(channel, None)] = message["sequence"]

    def keep(self, known, items, key):
        for item in items:
            self.doubled += 1 if key(item) in known else 0
            known[key(item)] = item

    def place(self, orders, patience=60):
        """Sends all and waits for every answer; what a lost connection left unanswered is sent again, under the same id."""
        deadline = time.monotonic() + patience
        while missing := [order for order in orders if order["id"] not in self.answers]:
            if self.fatal:
                raise Failed(f"{self.user}: {self.fatal}")
            if time.monotonic() > deadline:
                raise Failed(f"{self.user}: {len(missing)} orders were not answered")
            self.wait_connected()
            try:
                asyncio.run_coroutine_threadsafe(self.send_all(missing), self.loop).result(patience)
            except websockets.ConnectionClosed:
                continue
            self.wait_for(missing, 5)

    async def send_all(self, orders):
        for order in orders:
            await self.socket.send(json.dumps(order))

    def wait_for(self, orders, patience):
        """Until all are answered, the connection is lost, or `patience` seconds went by."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline and self.connected.is_set() and any(o["id"] not in self.answers for o in orders):
            time.sleep(0.005)

    def close(self):
        self.stop_wanted = True
        if self.connected.is_set():
            asyncio.run_coroutine_threadsafe(self.socket.close(), self.loop).result(10)


def order_of(row):
    """A row of flow.COLUMNS as a place message."""
    return {"op": "place", "id": row["cl_ord_id"], "principal": row["principal"], "symbol": row["symbol"], "side": row["side"],
            "order_type": row["type"], "time_in_force": row["tif"], "price": row["price_fen"], "quantity": row["quantity"]}
