"""What a simulated process will do from its start on, written down before it starts.

A script is a function of variables only, and a log is a function of a script and the time; so nothing runs in the
background, and the same variables always give the same story.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from reconciler.sandbox.workloads.supabase import SupabaseProject


@dataclass(frozen=True, slots=True)
class Line:
    """One log line."""

    message: str
    level: str = "info"


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast simulated processes go, in seconds."""

    work_every: float = 2.0
    """Between two pieces of work of a healthy process."""
    crash_every: float = 5.0
    """Between two starts of a process that crashes."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a process finds outside itself."""

    pace: Pace = field(default_factory=Pace)
    projects: Mapping[str, SupabaseProject] = field(default_factory=dict)
    """The Supabase projects that exist, by ref."""


@dataclass(frozen=True, slots=True)
class Script:
    """A process's whole life, as lines and when they come."""

    opening: tuple[Line, ...]
    """Logged once, right after the start."""
    healthy: bool = True
    """Whether the deploy that started it may end well."""
    cycle: tuple[Line, ...] = ()
    """Logged again and again; `{n}` in a message becomes the number of the round."""
    cycle_after: float = 0.2
    """Seconds from the start to the first round."""
    cycle_every: float = 2.0
    """Seconds from one round to the next."""


Workload = Callable[[str, Mapping[str, str], Surroundings], Script]
"""Given a service's name, its variables and its surroundings, say what its process will do."""


def crashing(lines: tuple[Line, ...], pace: Pace) -> Script:
    """Return the script of a process that exits and is started anew, each time with the same lines."""
    return Script(opening=lines, healthy=False, cycle=lines, cycle_after=pace.crash_every, cycle_every=pace.crash_every)
