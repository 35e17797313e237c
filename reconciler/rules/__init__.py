"""Checks of values that know what has gone wrong before: each rule has a code, a reason, a fix and a source."""

from reconciler.rules.registry import RULES, check_values
from reconciler.rules.rule import Example, Holding, Rule

__all__ = ["RULES", "Example", "Holding", "Rule", "check_values"]
