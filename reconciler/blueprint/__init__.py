"""Render's Blueprints: what a `render.yaml` says of variables, for a first `services.yaml`."""

from reconciler.blueprint.read import read_blueprint

__all__ = ["read_blueprint"]
