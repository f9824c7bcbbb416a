"""FIX clients that we did not write log on to a served exchange, trade, are cut off and resume; the same over TLS, whose
certificate is exchanged while it serves; and what an operator does to a login shows on the wire."""
import json
import os
import signal
import ssl
import subprocess
import time
import unittest

from fix_talk import FixTalk
from served import BINARY, ROOT, Served, account

HERE = os.path.join(ROOT, "tests", "conversation")
JSPUREFIX = "jspurefix@5.11.4"


class FixServed(Served):
    def secret(self, user):
        with open(os.path.join(self.data, "keys", user + ".key"), encoding="utf-8") as file:
            return file.read().strip()

    def market(self, *overrides):
        self.serve(*overrides)
        self.small_market()

    def talk(self, sender="ACME", secret=None, **more):
        return FixTalk(self.exchange.ready["fix"], sender, secret or self.secret("ACME"), **more)

    def certificate(self, name):
        """Self-signed, for this host: the paths of certificate and key."""
        paths = [os.path.join(self.folder, f"{name}.{kind}") for kind in ("crt", "key")]
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-out", paths[0],
                        "-keyout", paths[1]], check=True, capture_output=True)
        return paths

    def tls_settings(self, certificate, key):
        return ("fix.tls_port=0", f"fix.tls_certificate={certificate}", f"fix.tls_key={key}")


class Jspurefix(FixServed):
    def setUp(self):
        super().setUp()
        self.modules = os.path.join(os.path.dirname(os.path.abspath(BINARY)), "npm-jspurefix")
        if not os.path.exists(os.path.join(self.modules, "node_modules", "jspurefix")):
            done = subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix",
                                   self.modules, JSPUREFIX], capture_output=True, text=True, check=False)
            if done.returncode != 0:
                self.skipTest(f"{JSPUREFIX} cannot be fetched: {done.stderr[-200:]}")

    def run_client(self, orders, until, **more):
        given = {"port": self.exchange.ready["fix"], "user": "ACME", "secret": self.secret("ACME"), "sender": "ACME",
                 "store": os.path.join(self.folder, "store"), "orders": orders, "until": until, **more}
        os.makedirs(given["store"], exist_ok=True)
        done = subprocess.run(["node", os.path.join(HERE, "fix_client.js"), self.modules, json.dumps(given)], cwd=self.folder,
                              capture_output=True, text=True, check=False, timeout=120)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"number"')]

    def trade_and_resume(self, **more):
        def order(name, person, side, quantity):
            return {"id": name, "principal": account(person), "side": side, "quantity": quantity, "price": 97.49}
        first = self.run_client([order("j1", 1, "2", 50), order("j2", 2, "1", 20)], until=4, **more)
        self.assertEqual([(r["order"], r["kind"]) for r in first], [("j1", "0"), ("j2", "0"), ("j2", "F"), ("j1", "F")])
        for i in range(3):  # while it is away
            self.order(f"h{i}", 3, "buy", 9749, 10)
        second = self.run_client([], until=9, **more)
        self.assertTrue(all(report["dup"] for report in second), second)
        self.assertEqual([(r["order"], r["kind"]) for r in second],
                         [pair for i in range(3) for pair in ((f"h{i}", "0"), (f"h{i}", "F"), ("j1", "F"))])
        executions = [report["exec"] for report in first + second]
        self.assertEqual(len(set(executions)), 13)
        third = self.run_client([order("j3", 1, "2", 10)], until=1, **more)
        self.assertEqual([(r["order"], r["dup"]) for r in third], [("j3", False)])

    def test_it_trades_is_cut_off_and_resumes(self):
        self.market()
        self.trade_and_resume()

    def test_the_same_over_tls(self):
        certificate, key = self.certificate("exchange")
        self.market(*self.tls_settings(certificate, key))
        self.trade_and_resume(port=self.exchange.ready["fix_tls"], ca=certificate)


class Tls(FixServed):
    def peer(self, context):
        with self.talk(context=context) as broker:
            broker.socket.settimeout(5)
            return broker.socket.version(), broker.socket.getpeercert(binary_form=True)

    def test_old_versions_are_refused_and_a_new_certificate_is_taken(self):
        certificate, key = self.certificate("exchange")
        self.market(*self.tls_settings(certificate, key))
        self.exchange.ready["fix"] = self.exchange.ready["fix_tls"]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        version, before = self.peer(context)
        self.assertEqual(version, "TLSv1.3")
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.set_ciphers("ALL:@SECLEVEL=0")
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        with self.assertRaises(OSError):
            self.peer(old)
        with self.talk(context=context) as broker:
            self.assertEqual(broker.log_on()[35], "A")
            fresh = self.certificate("renewed")
            os.replace(fresh[0], certificate)
            os.replace(fresh[1], key)
            self.exchange.process.send_signal(signal.SIGHUP)
            deadline = time.monotonic() + 10
            while self.peer(context)[1] == before:
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.1)
            broker.echo("still here")

    def test_a_login_bound_to_a_certificate(self):
        certificate, key = self.certificate("exchange")
        mine, my_key = self.certificate("broker")
        other, other_key = self.certificate("other")
        bundle = self.write("ca.pem", "".join(open(path, encoding="utf-8").read() for path in (mine, other)))
        print_of = subprocess.run(["openssl", "x509", "-in", mine, "-noout", "-fingerprint", "-sha256"], check=True,
                                  capture_output=True, text=True).stdout.split("=")[1].strip().replace(":", "").lower()
        self.market(*self.tls_settings(certificate, key), f"fix.tls_client_ca={bundle}")
        self.exchange.pace("admin", "user", "add", "--data", self.data, "--name", "bound", "--role", "broker", "--number", "1",
                           "--scopes", "trade", "--certificate", print_of)
        for shown, held in (((mine, my_key), True), ((other, other_key), False), (None, False)):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            if shown:
                context.load_cert_chain(*shown)
            self.exchange.ready["fix"] = self.exchange.ready["fix_tls"]
            with self.talk(secret=self.secret("bound"), context=context) as broker:
                answer = broker.log_on("bound", more="141=Y|")
                self.assertEqual(answer is not None, held)


class Logins(FixServed):
    def test_disabling_a_user_ends_its_session_and_says_why(self):
        self.market()
        with self.talk() as broker:
            self.assertEqual(broker.log_on()[35], "A")
            self.exchange.pace("admin", "user", "disable", "--data", self.data, "--name", "ACME")
            goodbye = broker.hear_type("5")
            self.assertEqual(goodbye[58], "this login was disabled")
            broker.say("5")
            self.assertTrue(broker.hung_up())
        with self.talk() as broker:
            self.assertIsNone(broker.log_on())

    def test_a_user_added_while_it_serves_and_its_drop_copy(self):
        self.market()
        self.exchange.pace("admin", "user", "add", "--data", self.data, "--name", "copy", "--role", "broker", "--number", "1",
                           "--scopes", "drop_copy", "--addresses", "127.0.0.0/8")
        with self.talk("ACME-DC", self.secret("copy")) as copy:
            self.assertEqual(copy.log_on("copy")[35], "A")
            self.order("x1", 1, "sell", 9749, 10)
            report = copy.hear_type("8")
            self.assertEqual((report[11], report[797]), ("x1", "Y"))


if __name__ == "__main__":
    os.chdir(ROOT)
    unittest.main()
