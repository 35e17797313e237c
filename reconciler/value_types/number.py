"""Numbers and switches: `integer`, `number`, `boolean` and `port`."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from reconciler.value_types.option import NUMBER as NUMBER_OPTION
from reconciler.value_types.option import WHOLE
from reconciler.value_types.value_type import ValueType

if TYPE_CHECKING:
    from reconciler.domain.definition import TypeOptions

# Python's own int() and float() would also take `1_000`, `١٢` and `infinity`, which other languages do not.
_WHOLE = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_MOST_DIGITS = 1000
"""Beyond any number a service reads, and below the length from which Python refuses to read one."""
_PORTS = range(1, 65536)
_PORT_DIGITS = 5


def _integer(options: TypeOptions, text: str) -> str | None:
    if not _WHOLE.fullmatch(text) or len(text) > _MOST_DIGITS:
        return f"the value is not a whole number: {INTEGER.right}"
    return _out_of_bounds(options, int(text))


def _number(options: TypeOptions, text: str) -> str | None:
    if not _DECIMAL.fullmatch(text) or not math.isfinite(float(text)):
        return f"the value is not a number: {NUMBER.right}"
    return _out_of_bounds(options, float(text))


def _out_of_bounds(options: TypeOptions, number: float) -> str | None:
    least, most = options.get("min"), options.get("max")
    if isinstance(least, int | float) and number < least:
        return f"the value is too small: it must be at least {least}"
    if isinstance(most, int | float) and number > most:
        return f"the value is too great: it must be at most {most}"
    return None


def _bounds(options: TypeOptions) -> str | None:
    least, most = options.get("min"), options.get("max")
    if isinstance(least, int | float) and isinstance(most, int | float) and least > most:
        return "option `min` is greater than `max`"
    return None


def _boolean(_options: TypeOptions, text: str) -> str | None:
    # Only the spellings that programs agree on: `yes`, `on` and `True` are false to one and an error to the next.
    return None if text in {"true", "false", "1", "0"} else f"the value is not a boolean: {BOOLEAN.right}"


def _port(_options: TypeOptions, text: str) -> str | None:
    if text.isascii() and text.isdigit() and len(text) <= _PORT_DIGITS and int(text) in _PORTS:
        return None
    return f"the value is not a port: {PORT.right}"


INTEGER = ValueType(
    "integer", _integer, "write digits only, such as 8 or -1", {"min": WHOLE, "max": WHOLE}, conflict=_bounds
)
NUMBER = ValueType(
    "number",
    _number,
    "write it with a point, such as 0.75",
    {"min": NUMBER_OPTION, "max": NUMBER_OPTION},
    conflict=_bounds,
)
BOOLEAN = ValueType("boolean", _boolean, "write `true` or `false` (or `1` or `0`), in small letters")
PORT = ValueType("port", _port, "write a whole number from 1 to 65535")
