"""Start-up: plain values are checked without loading the libraries that only some types need."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
from reconciler.rules import findings_of
from reconciler.rules.example import one
assert findings_of(one("K", "x", "port"))
assert not findings_of(one("LOG_LEVEL", "info"))
print(sorted({"pydantic", "cryptography", "jwt", "jsonschema", "email"} & sys.modules.keys()))
"""


def test_plain_values_need_no_heavy_library() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
