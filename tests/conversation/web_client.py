"""A plain WebSocket on a socket, for what no library sends; and the login of gateway/ws/README.md."""
import base64
import hashlib
import hmac
import json
import os
import socket
import struct


def proof(login, secret, nonce):
    key = hmac.new(secret.encode(), b"PACE client key:" + login.encode(), hashlib.sha256).digest()
    mask = hmac.new(hashlib.sha256(key).digest(), f"{nonce}:{login}".encode(), hashlib.sha256).digest()
    return bytes(a ^ b for a, b in zip(key, mask)).hex()


class RawWebSocket:
    def __init__(self, port, path="/ws", headers="", timeout=20):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.socket.sendall((f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             "Sec-WebSocket-Version: 13\r\n"
                             f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n{headers}\r\n").encode())
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            self.fill()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        self.status = int(head.split()[1])

    def fill(self):
        data = self.socket.recv(65536)
        if not data:
            raise EOFError
        self.buffer += data

    def send_frame(self, payload, opcode=1, fin=True, rsv=0):
        length = len(payload)
        head = bytes([(0x80 if fin else 0) | rsv | opcode])
        if length < 126:
            head += bytes([0x80 | length])
        elif length < 65536:
            head += bytes([0x80 | 126]) + struct.pack(">H", length)
        else:
            head += bytes([0x80 | 127]) + struct.pack(">Q", length)
        self.socket.sendall(head + b"\0\0\0\0" + payload)  # a mask of zeros leaves the payload as it is

    def frame(self):
        """(opcode, payload) of the next frame; EOFError at the end."""
        while True:
            if len(self.buffer) >= 2:
                length, at = self.buffer[1] & 0x7f, 2
                if length == 126 and len(self.buffer) >= 4:
                    length, at = struct.unpack(">H", self.buffer[2:4])[0], 4
                elif length == 127 and len(self.buffer) >= 10:
                    length, at = struct.unpack(">Q", self.buffer[2:10])[0], 10
                if not (length >= 126 and at == 2) and len(self.buffer) >= at + length:
                    opcode, payload = self.buffer[0] & 0xf, self.buffer[at:at + length]
                    self.buffer = self.buffer[at + length:]
                    return opcode, payload
            self.fill()

    def say(self, **fields):
        self.send_frame(json.dumps(fields).encode())

    def hear(self, **like):
        """The next message with these fields."""
        while True:
            opcode, payload = self.frame()
            if opcode == 8:
                raise EOFError(struct.unpack(">H", payload[:2])[0] if payload else None, payload[2:].decode())
            if opcode == 1:
                message = json.loads(payload)
                if all(message.get(key) == value for key, value in like.items()):
                    return message

    def closed_with(self):
        """Reads until the server's close frame; its code."""
        try:
            while True:
                opcode, payload = self.frame()
                if opcode == 8:
                    return struct.unpack(">H", payload[:2])[0] if payload else None
        except (EOFError, ConnectionResetError):
            return None

    def log_in(self, login, secret, **more):
        nonce = self.hear(op="hello")["nonce"]
        self.say(op="login", id="l", user=login, proof=proof(login, secret, nonce), **more)
        return self.hear(id="l")

    def close(self):
        self.socket.close()
