"""Checks of values that know what has gone wrong before: each rule has a code, a reason, a fix and a source."""

from reconciler.rules.exposed import same_secrets
from reconciler.rules.judging import findings_of, value_findings
from reconciler.rules.registry import RULES
from reconciler.rules.rule import Example, Rule
from reconciler.rules.scene import Held, Place, Rendered, Scene, Setting
from reconciler.rules.scenes import Known, scene_of, scene_of_file, settings_of
from reconciler.rules.unused import ALLOW_UNUSED

__all__ = [
    "ALLOW_UNUSED",
    "RULES",
    "Example",
    "Held",
    "Known",
    "Place",
    "Rendered",
    "Rule",
    "Scene",
    "Setting",
    "findings_of",
    "same_secrets",
    "scene_of",
    "scene_of_file",
    "settings_of",
    "value_findings",
]
