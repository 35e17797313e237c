"""`vault://MOUNT/PATH[?version=N][&namespace=NS]#/KEY`: HashiCorp Vault and OpenBao, key-value engines 1 and 2."""

from reconciler.secrets.vault.store import open_store

__all__ = ["open_store"]
