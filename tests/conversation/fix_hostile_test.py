"""Strangers and vandals at the FIX door: the server lives, its memory stays bounded, members notice nothing."""
import os
import resource
import socket
import struct
import time
import unittest

from fix_clients_test import FixServed
from fix_talk import frame, now
from served import ROOT, account

# What the whole crowd may cost the server: 1,024 connections wait for a Logon at most, each with up to 16 KiB unread.
MEMORY_BOUND = 48 << 20
# A member's TestRequest is answered within this, whatever goes on.
PATIENCE = 2.0


class Hostile(FixServed):
    def setUp(self):
        super().setUp()
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.market()
        self.exchange.pace("admin", "user", "add", "--data", self.data, "--name", "BETA", "--role", "broker", "--number", "2",
                           "--scopes", "read,trade")
        self.exchange.admin("register_broker", "--broker", 2, "--code", "BETA", "--title", "Beta", "--own_account", account(901))
        self.port = self.exchange.ready["fix"]
        self.member = self.talk()
        self.addCleanup(self.member.socket.close)
        self.assertEqual(self.member.log_on()[35], "A")
        self.echoes = 0
        self.member_is_well()
        self.before = self.memory()

    def memory(self):
        with open(f"/proc/{self.exchange.process.pid}/status", encoding="utf-8") as file:
            return next(int(line.split()[1]) << 10 for line in file if line.startswith("VmRSS:"))

    def member_is_well(self):
        self.echoes += 1
        self.assertLess(self.member.echo(f"e{self.echoes}"), PATIENCE)

    def order_is_taken(self, name):
        self.member.say("D", f"11={name}|453=1|448={account(1)}|447=D|452=3|55=PCA-2026|54=2|60={now()}|38=10|40=2|44=97.49|")
        self.assertEqual(self.member.hear_type("8")[11], name)

    def memory_is_bounded(self):
        self.assertLess(self.memory() - self.before, MEMORY_BOUND)

    def stranger(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    @unittest.skipIf(resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 6000, "needs 6,000 descriptors")
    def test_five_thousand_sockets_that_never_log_on(self):
        crowd = []
        self.addCleanup(lambda: [one.close() for one in crowd])
        begin = frame(f"35=A|49=ACME|56=PACE|34=1|52={now()}|98=0|108=30|553=ACME|554=x|")
        for i in range(5000):
            one = self.stranger()
            crowd.append(one)
            try:
                one.sendall(begin[:i % len(begin)])  # each stops at another byte
            except OSError:
                pass  # made room already
            if i % 500 == 0:
                self.member_is_well()
        self.memory_is_bounded()
        self.order_is_taken("crowd")
        with self.talk("BETA", self.secret("BETA")) as late:  # room is made for who comes
            self.assertEqual(late.log_on()[35], "A")

    def test_a_logon_said_a_byte_at_a_time_ends_in_time(self):
        self.exchange.stop()
        self.exchange.start(extra=["fix.logon_timeout=1 s"])
        self.port = self.exchange.ready["fix"]
        with self.stranger() as slow:
            start = time.monotonic()
            with self.assertRaises(OSError):
                for byte in frame(f"35=A|49=ACME|56=PACE|34=1|52={now()}|98=0|108=30|553=ACME|554=x|"):
                    slow.sendall(bytes([byte]))
                    time.sleep(0.05)
                slow.settimeout(1)
                if slow.recv(1) == b"":
                    raise ConnectionResetError
            self.assertLess(time.monotonic() - start, 4)

    def test_bytes_that_are_no_fix_before_a_logon(self):
        good = frame(f"35=A|49=ACME|56=PACE|34=1|52={now()}|98=0|108=30|553=ACME|554=x|")
        for bytes_ in (b"\x00" * 70000, b"GET / HTTP/1.1\r\n\r\n", b"8=FIX.4.4\x019=2000000000\x0135=A\x01", b"8=FIX.4.4\x019=-1\x01",
                       b"8=FIX.4.4\x01" + b"9" * 100000, good[:-4] + b"000\x01", b"\xff\xfe" * 1000, good.replace(b"FIX.4.4", b"FIX.4.2"),
                       b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", frame("35=D|49=ACME|56=PACE|34=1|")):
            with self.stranger() as one:
                try:
                    one.sendall(bytes_)
                    self.assertEqual(one.recv(100), b"", bytes_[:40])
                except ConnectionError:
                    pass
            self.member_is_well()
        self.memory_is_bounded()

    def test_a_logon_of_another_said_again_is_refused(self):
        with self.talk() as thief:
            said = self.member.text("A", f"98=0|108=30|141=Y|553=ACME|554={self.member.secret}|", 1)
            thief.socket.sendall(said)  # while the member is logged on
            self.assertTrue(thief.hung_up())
        self.member_is_well()

    def test_wrong_messages_of_a_member(self):
        wild = [("D", "11=\xff\xfe|55=PCA-2026|"), ("D", "11=a|11=b|"), ("D", "99999=x|"), ("D", "=|"), ("0", "0=x|"), ("ZZ", "1=1|"),
                ("D", f"11=g|453=3|448=1|447=D|452=3|55=PCA-2026|54=1|60={now()}|38=1|40=2|44=1.00|"),
                ("V", "262=" + "x" * 5000 + "|263=9|264=0|267=99999|269=0|146=99999|55=x|"), ("2", "7=-5|16=-9|"), ("2", "7=999999|16=0|"),
                ("4", "123=Y|36=0|"), ("1", "112=" + "\xc3\x28" * 100 + "|")]
        for kind, fields in wild:
            body = (f"35={kind}|49=ACME|56=PACE|34={self.member.number}|52={now()}|" + fields).replace("|", "\x01").encode("latin-1")
            message = b"8=FIX.4.4\x019=%d\x01" % len(body) + body
            self.member.socket.sendall(message + b"10=%03d\x01" % (sum(message) % 256))
            self.member.number += 1
        self.member.input = b""
        # It may have been logged out for one of them; it comes back and trades.
        self.member.socket.close()
        self.member = self.talk()
        self.assertEqual(self.member.log_on(more="141=Y|")[35], "A")
        self.order_is_taken("after")
        self.memory_is_bounded()

    def test_garbled_bytes_without_end_cost_the_connection(self):
        with self.assertRaises(OSError):
            for _ in range(100):
                self.member.socket.sendall(b"8=FIX.4.4\x019=40\x0135=0\x0110=000\x01" * 1000)
            if not self.member.socket.recv(1):
                raise ConnectionResetError
        self.memory_is_bounded()
        with self.talk() as again:
            self.assertEqual(again.log_on(more="141=Y|")[35], "A")

    def test_connections_reset_in_the_middle(self):
        for i in range(300):
            one = self.stranger()
            one.sendall(frame(f"35=A|49=ACME|56=PACE|34={i}|52={now()}|98=0|108=30|553=ACME|554=x|")[:10 + i % 90])
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            one.close()
        self.member_is_well()
        self.memory_is_bounded()


if __name__ == "__main__":
    os.chdir(ROOT)
    unittest.main()
