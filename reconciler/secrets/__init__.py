"""Fetching secrets from the stores that references name: a table of schemes, and one module for each."""

from reconciler.secrets.stores import SecretStores

__all__ = ["SecretStores"]
