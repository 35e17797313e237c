"""What the core needs of the world; adapters at the edge satisfy these protocols, tests may too.

Reading and writing are different types, so that handing a writer to a command that only reads is a choice somebody
makes in one visible place, and "plan cannot write" is checked by the type checker.
"""

from reconciler.ports.github import GitHubReader
from reconciler.ports.live import Confirm, LiveReader, LiveWriter, OnPage, ignore_page
from reconciler.ports.store import Journal, JournalReader, Lease, Locks
from reconciler.ports.surroundings import Clock, HealthProbe, Progress, SecretResolver

__all__ = [
    "Clock",
    "Confirm",
    "GitHubReader",
    "HealthProbe",
    "Journal",
    "JournalReader",
    "Lease",
    "LiveReader",
    "LiveWriter",
    "Locks",
    "OnPage",
    "Progress",
    "SecretResolver",
    "ignore_page",
]
