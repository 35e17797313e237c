"""`services.yaml`: YAML nodes with line and column, the document that they are, the desired state that it means."""

from reconciler.config.duration import parse_duration
from reconciler.config.load import load, load_text
from reconciler.config.schema import document_schema

__all__ = ["document_schema", "load", "load_text", "parse_duration"]
