"""What an operator watches: every figure that the dashboard and the alert rules name is told by a served exchange."""
import json
import os
import re
import unittest
import urllib.request

import yaml

from served import ROOT, Served


class Figures(Served):
    def told(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.exchange.ready['http']}/metrics", timeout=30) as response:
            return set(re.findall(r"^# TYPE (\w+) ", response.read().decode(), re.MULTILINE))

    def test_the_dashboard_and_the_alerts_name_what_there_is(self):
        self.serve()
        self.small_market()
        self.order("r", 1, "sell", 99_999, 10, status=1)  # a reject, so that they are told
        told = self.told()
        with open("config/deploy/grafana-pace.json", encoding="utf-8") as file:
            panels = json.load(file)["panels"]
        with open("config/deploy/alerts.yml", encoding="utf-8") as file:
            rules = [rule for group in yaml.safe_load(file)["groups"] for rule in group["rules"]]
        for rule in rules:
            self.assertEqual(set(rule["annotations"]), {"summary", "action"}, rule["alert"])
        expressions = [target["expr"] for panel in panels for target in panel["targets"]] + [rule["expr"] for rule in rules]
        named = {name for expression in expressions for name in re.findall(r"\bpace_\w+", expression)}
        self.assertGreater(len(named), 20)
        self.assertEqual(named - told, set())


if __name__ == "__main__":
    os.chdir(ROOT)
    unittest.main()
