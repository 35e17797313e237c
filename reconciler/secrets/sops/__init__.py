"""`sops://PATH[?format=FORMAT][#/pointer]`: a file that the program `sops` encrypted, beside `services.yaml`."""

from reconciler.secrets.sops.store import open_store

__all__ = ["open_store"]
