"""The store: the journal of applies and the locks between them, in SQLite or, for teams, in PostgreSQL."""

from reconciler.store.open import DEFAULT_URL, Store, open_store, read_journal

__all__ = ["DEFAULT_URL", "Store", "open_store", "read_journal"]
