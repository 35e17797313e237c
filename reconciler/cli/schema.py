"""`reconcile schema`: the JSON Schemas of the files that reconcile reads and writes."""

from __future__ import annotations

import json

import click

from reconciler.cli.settings import Settings, common_options
from reconciler.config import document_schema
from reconciler.planning.approval_file import ApprovalsDocument
from reconciler.planning.plan_document import PlanDocument
from reconciler.report.result_json import ResultDocument

DIALECT = "https://json-schema.org/draft/2020-12/schema"
FILES = ("services", "plan", "approvals", "result")


@click.command()
@common_options
@click.argument("name", type=click.Choice(FILES), default="services")
def schema(settings: Settings, name: str) -> None:
    """Print the JSON Schema of a file: services, plan, approvals or result."""
    settings.show(schema_text(name).rstrip())


def schema_text(name: str) -> str:
    """Return a schema as it stands in `schema/`."""
    match name:
        case "services":
            found = document_schema()
        case "plan":
            found = {"$schema": DIALECT, **PlanDocument.model_json_schema()}
        case "approvals":
            found = {"$schema": DIALECT, "title": "Approvals of a plan", **ApprovalsDocument.json_schema()}
        case _:
            found = {"$schema": DIALECT, **ResultDocument.model_json_schema()}
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"
