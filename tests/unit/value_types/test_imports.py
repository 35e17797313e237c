"""Start-up: plain values are checked without loading the libraries that only some types need."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
from reconciler.domain.address import Kind, Owner
from reconciler.domain.definition import Definition, External, TypeSpec
from reconciler.domain.value import Secret
from reconciler.errors import Location
from reconciler.rules import check_values
one = Definition("K", External(), Location("f", 1, 1), TypeSpec("port"))
assert check_values(Owner("e", service="s"), Kind.ENV_VAR, {"K": one}, {"K": Secret("x")})
print(sorted({"pydantic", "cryptography", "jwt", "jsonschema", "email"} & sys.modules.keys()))
"""


def test_plain_values_need_no_heavy_library() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
