"""A FIX 4.4 counterparty over a plain or TLS socket: it says exactly what a test tells it to, right or wrong."""
import socket
import time

SOH = "\x01"


def frame(body):
    """`35=0|49=…|` with BeginString, BodyLength and CheckSum around it."""
    inner = body.replace("|", SOH).encode()
    message = b"8=FIX.4.4\x019=%d\x01" % len(inner) + inner
    return message + b"10=%03d\x01" % (sum(message) % 256)


def now():
    return time.strftime("%Y%m%d-%H:%M:%S", time.gmtime())


class FixTalk:
    def __init__(self, port, sender, secret="", context=None, patience=20):
        self.sender, self.secret, self.number, self.input = sender, secret, 1, b""
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=patience)
        if context is not None:
            self.socket = context.wrap_socket(self.socket)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def text(self, kind, fields="", number=None):
        return frame(f"35={kind}|49={self.sender}|56=PACE|34={number or self.number}|52={now()}|{fields}")

    def say(self, kind, fields=""):
        self.socket.sendall(self.text(kind, fields))
        self.number += 1

    def log_on(self, user=None, more=""):
        """The answer to a Logon; None when the gateway hung up."""
        self.say("A", f"98=0|108=30|{more}553={user or self.sender}|554={self.secret}|")
        return self.hear()

    def hear(self):
        """The next message as {tag: value}; None when the other side hung up."""
        while True:
            end = self.input.find(b"\x0110=")
            if end >= 0 and len(self.input) >= end + 8:
                message, self.input = self.input[:end + 8], self.input[end + 8:]
                return {int(tag): value for tag, _, value in
                        (field.partition("=") for field in message.decode().split(SOH) if field)}
            try:
                more = self.socket.recv(65536)
            except ConnectionError:
                more = b""
            if not more:
                return None
            self.input += more

    def hear_type(self, kind):
        message = self.hear()
        while message is not None and message[35] != kind:
            message = self.hear()
        return message

    def hung_up(self):
        while self.hear() is not None:
            pass
        return True

    def echo(self, word):
        """Seconds until a TestRequest is answered."""
        start = time.monotonic()
        self.say("1", f"112={word}|")
        while (answer := self.hear_type("0")) is not None and answer.get(112) != word:
            pass
        assert answer is not None, "the session ended"
        return time.monotonic() - start
