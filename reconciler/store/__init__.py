"""The store: the journal of applies and the locks between them, in SQLite or, for teams, in PostgreSQL."""

from reconciler.store.open import Store, open_store

__all__ = ["Store", "open_store"]
