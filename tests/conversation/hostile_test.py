"""The web door under attack: the server lives, its memory stays under a bound, and an honest client notices nothing."""
import os
import resource
import socket
import threading
import time
import unittest
import zlib

from served import ROOT, Served, account
from web_client import RawWebSocket, proof

IDLE = 5000
# What the attacks of one test may add to the server's memory at most, besides the stated 25 KiB of an idle session.
BOUND = 64 * 1024 * 1024


class Honest(threading.Thread):
    """Places and cancels orders all the while; its slowest answer is what the others could do to it."""

    def __init__(self, port, secret):
        super().__init__(daemon=True)
        self.ws, self.stopping, self.times, self.failure = RawWebSocket(port), False, [], None
        assert self.ws.log_in("ACME", secret)["status"] == "ok"

    def run(self):
        try:
            while not self.stopping:
                number = len(self.times)
                began = time.monotonic()
                self.ws.say(op="place", id=f"h{number}", principal=account(2), symbol="PCA-2026", side="buy", price=9000, quantity=10)
                assert self.ws.hear(id=f"h{number}")["status"] == "accepted"
                self.ws.say(op="cancel", id=f"k{number}", original=f"h{number}")
                assert self.ws.hear(id=f"k{number}")["status"] == "accepted"
                self.times.append(time.monotonic() - began)
                time.sleep(0.02)
        except Exception as failure:  # pylint: disable=broad-except
            self.failure = failure

    def end(self):
        self.stopping = True
        self.join()
        self.ws.close()


class Hostile(Served):
    def setUp(self):
        super().setUp()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        self.serve("postgres.conninfo=host=/nonexistent")  # the attacks are not about the books
        self.small_market()
        self.port = self.exchange.ready["http"]
        with open(os.path.join(self.data, "keys", "ACME.key"), encoding="ascii") as file:
            self.secret = file.read().strip()
        self.honest = Honest(self.port, self.secret)
        self.honest.start()
        time.sleep(0.5)
        self.before = self.memory()

    def tearDown(self):
        """After every attack: alive, served as before, within the bound."""
        self.honest.end()
        self.assertIsNone(self.honest.failure)
        self.assertGreater(len(self.honest.times), 3)
        self.assertLess(sorted(self.honest.times)[len(self.honest.times) // 2], 0.5)
        self.assertLess(self.memory() - self.before, BOUND + getattr(self, "idle", 0) * 25 * 1024)
        self.assertIn(b"ok", self.plain(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
        self.assertIsNone(self.exchange.process.poll())

    def memory(self):
        with open(f"/proc/{self.exchange.process.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmRSS"))

    def plain(self, data, timeout=20):
        """What the server says to these bytes until it closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as connection:
            answer = b""
            try:
                connection.sendall(data)
                while part := connection.recv(65536):
                    answer += part
            except ConnectionError:
                pass
            return answer

    def test_thousands_of_idle_sockets(self):
        upgrade = (b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                   b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        sockets = []
        self.addCleanup(lambda: [each.close() for each in sockets])
        for _ in range(IDLE):
            sockets.append(socket.create_connection(("127.0.0.1", self.port), timeout=20))
            sockets[-1].sendall(upgrade)
        for each in sockets:
            self.assertIn(b" 101 ", each.recv(4096))
        self.idle = IDLE
        time.sleep(3)  # with a heartbeat for each

    def test_sockets_that_say_nothing_or_drip(self):
        silent = [socket.create_connection(("127.0.0.1", self.port)) for _ in range(500)]
        dripping = [socket.create_connection(("127.0.0.1", self.port)) for _ in range(50)]
        deadline = time.monotonic() + 30
        closed = 0
        while closed < len(dripping) and time.monotonic() < deadline:
            closed = 0
            for each in dripping:
                try:
                    each.send(b"a")
                except OSError:
                    closed += 1
            time.sleep(0.5)
        self.assertEqual(closed, len(dripping))
        for each in silent:
            each.settimeout(20)
            self.assertEqual(each.recv(1), b"")
        for each in silent + dripping:
            each.close()

    def test_headers_paths_and_bodies_that_are_not_what_they_should_be(self):
        big = b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"a" * (1 << 20)
        self.assertTrue(self.plain(big) == b"" or b" 431 " in self.plain(big))
        for path in (b"/../../../etc/passwd", b"/%2e%2e/%2e%2e/etc/passwd", b"/market/..%2f..%2fetc/passwd", b"/api/v1/book/..%2f",
                     b"//etc/passwd", b"/\xff\xfe"):
            answer = self.plain(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            self.assertRegex(answer, rb"^HTTP/1.1 (400|404) ", path)
            self.assertNotIn(b"root:", answer)
        for junk in (os.urandom(4096), b"\x16\x03\x01" + os.urandom(500), b"GET / HTTP/9.9\r\n\r\n", b"\0" * 100_000):
            self.plain(junk + b"\r\n\r\n")
        body = b"[" * 100_000
        answer = self.plain(b"POST /api/v1/commands HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ACME:" +
                            self.secret.encode() + b"\r\nContent-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body)
        self.assertIn(b"nested deeper than", answer)

    def test_another_origin_and_a_replayed_login(self):
        self.assertEqual(RawWebSocket(self.port, headers="Origin: http://evil.example\r\n").status, 403)
        first = RawWebSocket(self.port)
        nonce = first.hear(op="hello")["nonce"]
        said = proof("ACME", self.secret, nonce)
        first.say(op="login", id="l", user="ACME", proof=said)
        self.assertEqual(first.hear(id="l")["status"], "ok")
        second = RawWebSocket(self.port)
        second.say(op="login", id="l", user="ACME", proof=said)
        self.assertEqual(second.hear(id="l")["code"], "login_refused")

    def test_frames_that_no_client_sends(self):
        bad_text = RawWebSocket(self.port)
        bad_text.send_frame(b'{"op":"ping","id":"\xff\xfe"}')
        self.assertEqual(bad_text.closed_with(), 1007)
        deep = RawWebSocket(self.port)
        deep.send_frame(b'{"op":"ping","x":' + b"[" * 60_000)
        self.assertEqual(deep.hear(op="")["code"], "malformed_message")
        large = RawWebSocket(self.port)
        large.send_frame(b" " * 100_000)
        self.assertEqual(large.closed_with(), 1009)
        pieces = RawWebSocket(self.port)
        pieces.send_frame(b"", fin=False)
        try:
            for _ in range(300):
                pieces.socket.sendall(b"\x00\x80\0\0\0\0" * 1000)
        except OSError:
            pass
        self.assertIn(pieces.closed_with(), (1008, None))
        unmasked = RawWebSocket(self.port)
        unmasked.socket.sendall(b"\x81\x02{}")
        self.assertEqual(unmasked.closed_with(), 1002)
        reserved = RawWebSocket(self.port)
        reserved.send_frame(b"{}", rsv=0x40)
        self.assertEqual(reserved.closed_with(), 1002)

    def test_compression_bombs(self):
        for offer, bits in 5 * [("; client_max_window_bits", 12), ("", 15)]:
            bomb = RawWebSocket(self.port, "/ws?compression=deflate",
                                f"Sec-WebSocket-Extensions: permessage-deflate{offer}\r\n")
            self.assertEqual(bomb.status, 101)
            deflate = zlib.compressobj(9, zlib.DEFLATED, -bits)
            packed = deflate.compress(b" " * 50_000_000) + deflate.flush(zlib.Z_SYNC_FLUSH)
            bomb.send_frame(packed[:-4][:60_000], rsv=0x40)
            self.assertIn(bomb.closed_with(), (1009, None))

    def test_a_reader_that_stops(self):
        stalled = RawWebSocket(self.port)
        stalled.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        for channel in ("book", "trades", "ticker"):
            stalled.say(op="subscribe", id=channel, channel=channel, symbol="PCA-2026")
        for _ in range(3000):
            stalled.say(op="subscribe", id="t", channel="status")
        time.sleep(3)


if __name__ == "__main__":
    os.chdir(ROOT)
    unittest.main()
