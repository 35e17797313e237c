"""The client of Render's API: reads everything, writes one key at a time."""

from reconciler.render_api import spared as spared
from reconciler.render_api.connection import RenderConnection
from reconciler.render_api.reader import RenderReader
from reconciler.render_api.seen import SeenValues
from reconciler.render_api.writer import RenderWriter

__all__ = ["RenderConnection", "RenderReader", "RenderWriter", "SeenValues"]
