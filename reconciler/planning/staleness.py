"""Staleness: why a plan that was made earlier is not the plan that would be made now; fingerprints, never values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deepdiff import DeepDiff
from deepdiff.helper import NotPresent

from reconciler.domain.change import Action
from reconciler.domain.printable import printable
from reconciler.planning.digest import side_document

if TYPE_CHECKING:
    from deepdiff.model import DiffLevel

    from reconciler.domain.definition import Json
    from reconciler.domain.plan import GroupReach, Plan, PlannedDeploy

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
    # Without the threshold, two plans with little in common are reported as one change of everything.
    tree = DeepDiff(_comparable(earlier), _comparable(now), view="tree", ignore_order=True, threshold_to_diff_deeper=0)
    lines += [_line(level) for report in sorted(tree) for level in tree[report]]
    ordered = sorted(dict.fromkeys(lines))
    if len(ordered) > LONGEST_LIST:
        ordered = [*ordered[:LONGEST_LIST], f"and {len(ordered) - LONGEST_LIST} more"]
    return ordered or ["the digests differ"]


def _comparable(plan: Plan) -> dict[str, Json]:
    return {
        "targets": {str(target.owner): f"{target.name} ({target.id})" for target in plan.targets},
        "changes": {
            str(change.address): {
                "action": change.action.value,
                "before": side_document(change.before),
                "after": side_document(change.after),
            }
            for change in plan.changes
            if change.action is not Action.NO_OP
        },
        "deploys": {str(deploy.owner): _deploy(deploy) for deploy in plan.deploys},
        "reaches": {str(reach.owner): _reach(reach) for reach in plan.reaches},
    }


def _deploy(deploy: PlannedDeploy) -> str:
    return deploy.mode.value if deploy.owed_by is None else f"{deploy.mode.value}, owed by run {deploy.owed_by}"


def _reach(reach: GroupReach) -> str:
    names = [*(str(owner) for owner in reach.services), *(f"{link.name} ({link.id})" for link in reach.undeclared)]
    return printable(", ".join(names)) or "nobody"


def _line(level: DiffLevel) -> str:
    """Say one difference: its path is the part of the plan, what it is about, and which side of that."""
    part, name, *rest = [str(element) for element in level.path(output_format="list")]
    match part, rest:
        case "changes", ["action"]:
            return f"{name}: what to do changed ({level.t1} -> {level.t2})"
        case "changes", ["before", *_]:
            return f"{name}: the live value changed"
        case "changes", ["after", *_]:
            return f"{name}: the desired value changed"
        case "changes", _:
            return f"{name}: {_appearance(level)}"
        case "targets", _:
            return f"{name}: its service on Render is not the same ({_appearance(level)})"
        case "reaches", _:
            return f"{name}: whom its changes reach is not the same ({_appearance(level)})"
        case _:
            return f"{name}: its deploy changed ({_appearance(level)})"


def _appearance(level: DiffLevel) -> str:
    """Say what something was in the plan and is now, where one of them may be nothing."""
    if isinstance(level.t1, NotPresent):
        return f"was not in the plan, now {_word(level.t2)}"
    if isinstance(level.t2, NotPresent):
        return f"was {_word(level.t1)} in the plan, now nothing to do"
    return f"{_word(level.t1)} -> {_word(level.t2)}"


def _word(item: object) -> str:
    return f"to {item['action']}" if isinstance(item, dict) and "action" in item else f"{item}"
