"""A stand-in for Render's API on this machine: tests, the demo and rehearsals run against it instead of Render.

It speaks real HTTP, keeps everything in memory, and answers in the shapes of Render's OpenAPI document and of recorded
traffic: the order of lists, rate limits, deploys that queue, paths that are normalised. What a test needs and Render
does not have (faults, forced outcomes, a clock to advance) is below `/control`; see `endpoints/control.py`.
"""

from reconciler.sandbox.deploy import Outcome, Timing
from reconciler.sandbox.rate_limit import NO_LIMITS, RENDER_LIMITS, Limit
from reconciler.sandbox.scenarios import SCENARIOS, Beginning, Scenario, add_fleet, from_render
from reconciler.sandbox.server import RunningSandbox, running, serve

__all__ = [
    "NO_LIMITS",
    "RENDER_LIMITS",
    "SCENARIOS",
    "Beginning",
    "Limit",
    "Outcome",
    "RunningSandbox",
    "Scenario",
    "Timing",
    "add_fleet",
    "from_render",
    "running",
    "serve",
]
