"""layers.py: each kind of breach is found, and a clean file passes."""
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "check"))
import layers  # noqa: E402


class Layers(unittest.TestCase):
    def breaches(self, path, text):
        with tempfile.TemporaryDirectory() as root:
            os.makedirs(os.path.join(root, os.path.dirname(path)))
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(text)
            return [what for _, what in layers.check_file(root, path)]

    def test_a_clean_header_passes(self):
        self.assertEqual(self.breaches("engine/book/a.h", '// A.\n#pragma once\n#include "engine/base/units.h"\n'), [])

    def test_a_room_outside_the_table_is_refused(self):
        self.assertIn("engine/book may not include gateway/ws/session.h",
                      self.breaches("engine/book/a.cpp", '#include "gateway/ws/session.h"\n'))

    def test_the_engine_is_reached_by_its_port_alone(self):
        self.assertEqual(self.breaches("gateway/ws/a.cpp", '#include "engine/sequencer/port.h"\n'), [])
        self.assertTrue(self.breaches("gateway/ws/a.cpp", '#include "engine/sequencer/sequencer.h"\n'))

    def test_quickfix_stays_in_its_room(self):
        self.assertTrue(self.breaches("gateway/ws/a.cpp", "#include <quickfix/Message.h>\n"))
        self.assertEqual(self.breaches("gateway/fix/a.cpp", "#include <quickfix/Message.h>\n"), [])

    def test_pure_rooms_have_no_clock_and_no_floats(self):
        self.assertTrue(self.breaches("registry/rules/a.cpp", "#include <chrono>\n"))
        self.assertTrue(self.breaches("registry/rules/a.cpp", "double rate = 0.5;\n"))
        self.assertEqual(self.breaches("registry/rules/a.cpp", "int rate = 5;  // not a double\n"), [])

    def test_relative_includes_are_refused(self):
        self.assertTrue(self.breaches("engine/book/a.cpp", '#include "book.h"\n'))

    def test_a_long_file_is_refused(self):
        self.assertTrue(self.breaches("engine/book/a.cpp", "int x;\n" * 601))

    def test_a_header_says_what_it_is_for(self):
        self.assertTrue(self.breaches("engine/book/a.h", "#pragma once\n"))


if __name__ == "__main__":
    unittest.main()
