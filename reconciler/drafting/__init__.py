"""From what was found, live or in other people's files, to the draft of a first `services.yaml`."""

from reconciler.drafting.compose import compose

__all__ = ["compose"]
