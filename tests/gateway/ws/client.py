"""Logs on to a gateway, trades, breaks off without a word, comes back and resumes its fills: none missing, none twice.
Usage: client.py PORT KEYFILE [CERTIFICATE]; with a certificate over TLS. Written against gateway/ws/README.md alone."""

import asyncio
import hashlib
import hmac
import json
import ssl
import sys

import websockets

PORT, KEYFILE = int(sys.argv[1]), sys.argv[2]
TLS = ssl.create_default_context(cafile=sys.argv[3]) if len(sys.argv) > 3 else None
USER, SECRET = "ann", open(KEYFILE, encoding="ascii").read().strip()


def proof(nonce):
    key = hmac.new(SECRET.encode(), b"PACE client key:" + USER.encode(), hashlib.sha256).digest()
    mask = hmac.new(hashlib.sha256(key).digest(), f"{nonce}:{USER}".encode(), hashlib.sha256).digest()
    return bytes(a ^ b for a, b in zip(key, mask)).hex()


async def log_on():
    ws = await websockets.connect(f"{'wss' if TLS else 'ws'}://localhost:{PORT}/ws", ssl=TLS)
    hello = json.loads(await ws.recv())
    await ws.send(json.dumps({"op": "login", "id": "l", "user": USER, "proof": proof(hello["nonce"])}))
    answer = json.loads(await ws.recv())
    assert answer["status"] == "ok" and answer["role"] == "broker", answer
    return ws


async def place(ws, numbers):
    for n in numbers:
        await ws.send(json.dumps({"op": "place", "id": f"c{n}", "principal": 197, "symbol": "PCA-2026", "side": "buy",
                                  "price": 8000, "quantity": 20}))


async def fills(ws, count, answers):
    """Reads until `count` fills are there; gives their trades and the last sequence."""
    seen, last = [], 0
    while len(seen) < count:
        message = json.loads(await asyncio.wait_for(ws.recv(), 5))
        if message.get("channel") == "fills" and "fills" in message:
            seen += [fill["trade"] for fill in message["fills"]]
            last = message["sequence"]
        elif message.get("op") == "place":
            assert message["status"] == "accepted", message
            answers.append(message["id"])
    return seen, last


async def main():
    answers = []
    first = await log_on()
    await first.send(json.dumps({"op": "subscribe", "channel": "fills"}))
    await place(first, range(1, 11))
    seen, last = await fills(first, 10, answers)
    await place(first, range(11, 16))
    await asyncio.sleep(0.2)
    first.transport.abort()  # cut off: five fills are on their way

    second = await log_on()
    await second.send(json.dumps({"op": "subscribe", "channel": "fills", "from": last}))
    more, last = await fills(second, 5, answers)
    await place(second, range(16, 21))
    rest, last = await fills(second, 5, answers)
    assert seen + more + rest == list(range(1, 21)), (seen, more, rest)
    await second.close()


asyncio.run(main())
