"""Findings in the Static Analysis Results Interchange Format, as code scanning reads it.

The format is https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html; what GitHub makes of it is told in
https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING
from urllib.parse import quote

from reconciler import __version__
from reconciler.domain.printable import printable
from reconciler.errors import Location
from reconciler.planning.plan_file import escaped_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.domain.definition import Json
    from reconciler.domain.finding import Finding
    from reconciler.domain.matrix import Audit
    from reconciler.domain.plan import Plan

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_FILE = "services.yaml"


def plan_sarif(plan: Plan) -> str:
    """Return a plan's findings as SARIF; what it would change is no finding."""
    locations = [change.location for change in plan.changes if change.location is not None]
    file = locations[0].file if locations else _FILE
    # A result without a place in a file is refused by GitHub.
    return sarif([check if check.location else replace(check, location=Location(file, 1, 1)) for check in plan.checks])


def audit_sarif(audit: Audit) -> str:
    """Return an audit's findings as SARIF; what could not be read is told as a failure of the tool itself."""
    start = Location(audit.file, 1, 1)
    reasons = [f"{each.subject}: {each.reason}" for each in audit.unread]
    if audit.code is not None:
        reasons += [f"{use.path}:{use.line}: the name is computed" for use in audit.code.computed]
        reasons += [f"{each.path}: {each.reason}" for each in audit.code.unparsed]
    found = [each if each.location else replace(each, location=start) for each in audit.all_findings]
    return sarif(found, reasons)


def sarif(findings: Sequence[Finding], unread: Sequence[str] = ()) -> str:
    """Return findings, each of them with a location, as one run of this program; `unread` is what it failed at."""
    rules = {finding.code: finding for finding in findings}
    codes = sorted(rules)
    driver: dict[str, Json] = {
        "name": "reconcile",
        "semanticVersion": __version__,
        "rules": [_rule(rules[code]) for code in codes],
    }
    run: dict[str, Json] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, codes.index(finding.code)) for finding in findings],
    }
    if unread:
        told: Json = [{"level": "error", "message": {"text": printable(reason)}} for reason in unread]
        run["invocations"] = [{"executionSuccessful": False, "toolExecutionNotifications": told}]
    return escaped_json(json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2))


def _rule(finding: Finding) -> Json:
    words = printable(finding.name).replace("-", " ")
    return {
        "id": printable(finding.code),
        "name": "".join(map(str.capitalize, words.split())),
        "shortDescription": {"text": words},
    }


def _result(finding: Finding, index: int) -> Json:
    subject = f"{finding.address}: " if finding.address is not None else ""
    fix = f" ({finding.fix})" if finding.fix else ""
    place = finding.location
    location: dict[str, Json] = {}
    if place is not None:
        region: Json = {"startLine": place.line, "startColumn": place.column}
        location["physicalLocation"] = {"artifactLocation": {"uri": _uri(place.file)}, "region": region}
    if finding.address is not None:
        location["logicalLocations"] = [{"fullyQualifiedName": str(finding.address)}]
    # Brackets would be taken for links to other places.
    text = printable(f"{subject}{finding.message}{fix}").replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    return {
        "ruleId": printable(finding.code),
        "ruleIndex": index,
        "level": finding.severity.value,
        "message": {"text": text},
        "locations": [location],
    }


def _uri(file: str) -> str:
    """Return a file as a reference relative to where the command runs, or as a whole one where it is absolute."""
    path = PurePath(file)
    if path.is_absolute():
        return path.as_uri()
    return quote(path.as_posix(), safe="/", errors="surrogatepass")
