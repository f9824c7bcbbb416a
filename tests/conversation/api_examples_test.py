"""What openapi.yaml and asyncapi.yaml say is true: every example in them is asked of, said to or heard from a live server."""
import asyncio
import hashlib
import hmac
import json
import os
import re
import unittest
import urllib.error
import urllib.parse
import urllib.request

import websockets
import yaml

from served import ROOT, Served

# Places in the log, and what is random or derived from them.
FREE = {"sequence", "as_of", "next", "since", "previous", "nonce", "digest", "checksum", "budget", "proof", "detail"}


def differences(example, live, where=""):
    """What of `live` is not as the example says: the same fields, kinds of values, and words."""
    if isinstance(example, dict):
        if not isinstance(live, dict):
            return [f"{where}: {live!r} is no object"]
        found = [f"{where}: fields {sorted(set(example) ^ set(live))} are in one only"] if set(example) != set(live) else []
        for key in example.keys() & live.keys():
            found += differences(None if key in FREE and isinstance(example[key], str) else example[key], live[key], f"{where}.{key}")
        return found
    if isinstance(example, list):
        if not isinstance(live, list) or (example and not live):
            return [f"{where}: {live!r} is not such a list"]
        return [] if not example else min((differences(example[0], item, f"{where}[]") for item in live), key=len)
    if example is None:
        return [] if isinstance(live, str) else [f"{where}: {live!r} is no text"]
    if isinstance(example, str):
        return [] if live == example else [f"{where}: {live!r}, not {example!r}"]
    return [] if isinstance(live, bool) == isinstance(example, bool) and isinstance(live, int) else [f"{where}: {live!r} is no number"]


class Examples(Served):
    def market(self):
        self.serve()
        self.small_market()
        self.order("a", 1, "sell", 9800, 100)
        self.order("b", 2, "buy", 9800, 30)
        self.order("c", 3, "buy", 9700, 50)
        self.http = f"127.0.0.1:{self.exchange.ready['http']}"

    def secret(self, login):
        with open(os.path.join(self.data, "keys", f"{login}.key"), encoding="ascii") as file:
            return file.read().strip()

    def served_document(self, name):
        with urllib.request.urlopen(f"http://{self.http}/api/v1/{name}", timeout=30) as response:
            text = response.read().decode()
        with open(f"gateway/pages/{name}", encoding="utf-8") as file:
            self.assertEqual(text, file.read())
        return yaml.safe_load(text)


class OpenApi(Examples):
    def fetch(self, target, method, body, login):
        request = urllib.request.Request(f"http://{self.http}{target}", body.encode() if body else None, method=method)
        if login:
            request.add_header("Authorization", f"Bearer {login}:{self.secret(login)}")
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.status, response.headers, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read().decode()

    def resolved(self, node):
        while "$ref" in node:
            name = node["$ref"].split("/")[1:]
            node = self.document
            for part in name:
                node = node[part]
        return node

    def target(self, path, parameters, instead):
        query = {}
        for parameter in map(self.resolved, parameters):
            value = instead.get(parameter["name"], parameter.get("example"))
            if parameter["in"] == "path":
                path = path.replace("{" + parameter["name"] + "}", str(value))
            elif value is not None:
                query[parameter["name"]] = value
        return path + ("?" + urllib.parse.urlencode(query) if query else "")

    def check(self, path, method, operation, code, response):
        response = self.resolved(response)
        instead = response.get("x-with", {})
        login = None if instead.get("login") == "none" else operation.get("x-as")
        body = next(iter(operation["requestBody"]["content"].values()))["example"] if "requestBody" in operation else None
        target = self.target(path, operation.get("parameters", []), instead)
        status, headers, text = self.fetch(target, method.upper(), body, login)
        where = f"{method} {target} as {login}: {status} {text[:500]}"
        self.assertEqual(status, int(code), where)
        for kind, content in response.get("content", {}).items():
            self.assertTrue(headers["Content-Type"].startswith(kind), where)
            if "example" in content and kind == "text/plain":
                self.assertEqual(text, content["example"])
            elif "example" in content:
                self.assertEqual(differences(content["example"], json.loads(text)), [], where)
        if status == 200 and method == "get" and path.startswith("/api/v1/"):
            request = urllib.request.Request(f"http://{self.http}{target}", headers={"If-None-Match": headers["ETag"]})
            if login:
                request.add_header("Authorization", f"Bearer {login}:{self.secret(login)}")
            with self.assertRaises(urllib.error.HTTPError) as unchanged:
                urllib.request.urlopen(request, timeout=30)
            self.assertEqual(unchanged.exception.code, 304, where)

    def test_every_example(self):
        self.market()
        self.exchange.wait_for_books(self.exchange.session()["sequence"])
        self.document = self.served_document("openapi.yaml")
        checked = 0
        for path, operations in self.document["paths"].items():
            for method, operation in operations.items():
                for code, response in operation["responses"].items():
                    with self.subTest(path=path, method=method, code=code):
                        self.check(path, method, operation, code, response)
                        checked += 1
        self.assertGreaterEqual(checked, 30)

    def test_every_route_is_described(self):
        self.market()
        described = set(self.served_document("openapi.yaml")["paths"])
        with open("gateway/http/http_api.cpp", encoding="utf-8") as file:
            routes = set(re.findall(r'\{"(/[^"]*)", &HttpApi::', file.read()))
        self.assertEqual(described - {"/api/v1/commands"}, routes - {"/"})

    def test_pages_of_the_log_go_on_where_they_ended(self):
        self.market()
        seen, after, pages = [], 0, 0
        while True:
            _, _, text = self.fetch(f"/api/v1/orders/history?limit=2&after={after}", "GET", None, "ACME")
            page = json.loads(text)
            seen += [(event["sequence"], event["event"]) for event in page["events"]]
            pages, after = pages + 1, page["next"]
            if not page["more"]:
                break
        _, _, text = self.fetch("/api/v1/orders/history?limit=1000", "GET", None, "ACME")
        self.assertEqual(seen, [(event["sequence"], event["event"]) for event in json.loads(text)["events"]])
        self.assertGreater(pages, 1)


class AsyncApi(Examples):
    def proof(self, login, nonce):
        secret = self.secret(login).encode()
        key = hmac.new(secret, b"PACE client key:" + login.encode(), hashlib.sha256).digest()
        mask = hmac.new(hashlib.sha256(key).digest(), f"{nonce}:{login}".encode(), hashlib.sha256).digest()
        return bytes(a ^ b for a, b in zip(key, mask)).hex()

    async def play(self, messages):
        heard = []
        async with websockets.connect(f"ws://{self.http}/ws") as ws:
            hello = json.loads(await ws.recv())
            self.assertEqual(differences(messages["hello"]["examples"][0]["payload"], hello), [])
            answers = {example["name"]: example["payload"] for example in messages["answer"]["examples"]}
            for example in messages["request"]["examples"]:
                payload = dict(example["payload"])
                if payload["op"] == "login":
                    payload["proof"] = self.proof(payload["user"], hello["nonce"])
                await ws.send(json.dumps(payload))
                expected = answers.pop(example["name"])
                while True:
                    message = json.loads(await asyncio.wait_for(ws.recv(), 10))
                    if message.get("id") == payload["id"]:
                        break
                    heard.append(message)
                self.assertEqual(differences(expected, message), [], example["name"])
                await asyncio.sleep(0.05)  # an account's state follows within some 20 ms
            self.assertEqual(answers, {}, "answers of requests that nobody makes")
            while not any(message["channel"] == "heartbeat" for message in heard):
                heard.append(json.loads(await asyncio.wait_for(ws.recv(), 10)))
        return heard

    def test_every_example(self):
        self.market()
        messages = self.served_document("asyncapi.yaml")["channels"]["ws"]["messages"]
        heard = asyncio.run(self.play(messages))
        for example in messages["stream"]["examples"]:
            payload = example["payload"]
            with self.subTest(example["name"]):
                alike = [message for message in heard if message["channel"] == payload["channel"] and
                         message.get("type") == payload.get("type")]
                self.assertTrue(alike, "no such message was heard")
                self.assertEqual(min((differences(payload, message) for message in alike), key=len), [])

    def test_every_channel_has_an_example(self):
        self.market()
        messages = self.served_document("asyncapi.yaml")["channels"]["ws"]["messages"]
        with open("gateway/ws/stream_hub.h", encoding="utf-8") as file:
            names = re.search(r"PACE_ENUM_NAMES\(Channel,([^;]*)\);", file.read()).group(1)
        self.assertEqual({example["payload"]["channel"] for example in messages["stream"]["examples"]},
                         set(re.findall(r'"(\w+)"', names)) | {"heartbeat"})


if __name__ == "__main__":
    os.chdir(ROOT)
    unittest.main()
