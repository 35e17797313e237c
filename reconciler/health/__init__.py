"""Asks a service's own health path over HTTP whether it is well."""

from reconciler.health.probe import HttpProbe

__all__ = ["HttpProbe"]
