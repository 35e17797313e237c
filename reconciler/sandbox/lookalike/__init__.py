"""Lookalikes: made-up values of the same type and shape as live ones, so that a stand-in holds nobody's secrets.

Nothing of a value stays but what says what sort of value it is: its length, kinds of characters, punctuation, a
vendor's prefix, a port, a token's role and times. Equal values have equal lookalikes, and so have equal parts of
addresses: what belonged together still does.
"""

from reconciler.sandbox.lookalike.lookalikes import Lookalikes

__all__ = ["Lookalikes"]
