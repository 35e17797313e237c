"""Staleness: why a plan that was made earlier is not the plan that would be made now; fingerprints, never values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deepdiff import DeepDiff

from reconciler.domain.change import Action
from reconciler.planning.digest import side_document

if TYPE_CHECKING:
    from reconciler.domain.definition import Json
    from reconciler.domain.plan import Plan

LONGEST_LIST = 20


def differences_between(earlier: Plan, now: Plan) -> list[str]:
    """Say in a line each what differs between an approved plan and the one rebuilt from today's state."""
    if earlier.key_id != now.key_id:
        return [
            (
                f"the plan's fingerprints were made under the key {earlier.key_id}, this command has {now.key_id}: "
                "nothing can be compared (set the same RECONCILE_PLAN_KEY where you plan and where you apply)"
            )
        ]
    lines = []
    if earlier.config_digest != now.config_digest:
        lines.append("services.yaml means something else than when the plan was made (in the plan's scope)")
    before, after = _comparable(earlier), _comparable(now)
    tree = DeepDiff(before, after, view="tree", ignore_order=True)
    for report in sorted(tree):
        for level in tree[report]:
            path = level.path(output_format="list")
            lines.append(_line(path, level.t1, level.t2, report))
    ordered = sorted(dict.fromkeys(lines))
    if len(ordered) > LONGEST_LIST:
        ordered = [*ordered[:LONGEST_LIST], f"and {len(ordered) - LONGEST_LIST} more"]
    return ordered or ["the digests differ"]


def _comparable(plan: Plan) -> dict[str, Json]:
    return {
        "targets": {str(target.owner): target.id for target in plan.targets},
        "changes": {
            str(change.address): {
                "action": change.action.value,
                "before": side_document(change.before),
                "after": side_document(change.after),
            }
            for change in plan.changes
            if change.action is not Action.NO_OP
        },
        "deploys": {str(deploy.owner): deploy.mode.value for deploy in plan.deploys},
    }


def _line(path: list[str | int], then: object, now: object, report: str) -> str:
    part, name, *rest = [str(element) for element in path] + [""]
    subject = {"changes": name, "targets": f"the target of {name}", "deploys": f"the deploy of {name}"}.get(part, part)
    if report == "dictionary_item_added" and not any(rest):
        return f"{subject}: was not in the plan, now {_word(now)}"
    if report == "dictionary_item_removed" and not any(rest):
        return f"{subject}: was {_word(then)} in the plan, now nothing to do"
    side = {"before": "the live value", "after": "the desired value", "action": "what to do"}.get(rest[0], "it")
    return f"{subject}: {side} changed" + (f" ({then} -> {now})" if part == "targets" or rest[0] == "action" else "")


def _word(item: object) -> str:
    return f"to {item['action']}" if isinstance(item, dict) and "action" in item else f"{item}"
