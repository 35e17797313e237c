"""Requests that Schemathesis makes up from Render's document are never answered 500, nor other than documented."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from reconciler.sandbox.application import API_ROUTES
from tests.conformance.document import ERRORS, at_hand, corrected

if TYPE_CHECKING:
    from tests.stories.conftest import Project

pytestmark = at_hand

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# So many for each operation, beside those that cover each of its parameters: some 5,000 requests in all.
EXAMPLES = "12"


def served(known: dict[str, list[str]]) -> dict[str, Any]:
    """Return the part of the document that the sandbox serves, with ids that it knows to choose from.

    Each operation may refuse with any of Render's errors: the document forgets some of each.
    """
    spec = corrected()
    routes = {
        (method.lower(), re.sub(r"\{\w+\}", "{}", route.path))
        for route in API_ROUTES
        for method in (route.methods or set()) - {"HEAD"}
    }
    refusal = {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/error"}}}}
    for path, item in spec["paths"].items():
        for method in [name for name in item if name != "parameters"]:
            if (method, re.sub(r"\{\w+\}", "{}", path)) not in routes:
                item[method]["tags"] = ["not served"]
                continue
            item[method]["tags"] = ["served"]
            item[method]["responses"] |= {str(status): refusal for status in ERRORS}
            for parameter in item[method].get("parameters", []) + item.get("parameters", []):
                if values := known.get(parameter.get("name", "")):
                    parameter["schema"] = {"type": "string", "enum": values}
    give_ids(spec, known)
    return spec


def give_ids(spec: dict[str, Any], known: dict[str, list[str]]) -> None:
    """Let what is shared by operations choose from ids that exist: parameters, and members of bodies."""
    for name, values in known.items():
        for title, schema in spec["components"]["schemas"].items():
            if title.endswith(("Input", "POST")) and name in schema.get("properties", {}):
                schema["properties"][name] = {"type": "string", "enum": values}
        for parameter in spec["components"]["parameters"].values():
            if parameter["name"] == name and parameter["in"] == "path":
                parameter["schema"] = {"type": "string", "enum": values}


def test_made_up_requests_are_answered_as_documented(project: Project) -> None:
    owner = project.sandbox.owner_id
    names = {"name": "x", "ownerId": owner, "plan": "free", "version": "17"}
    group = project.api("POST", "/env-groups", {"name": "g", "ownerId": owner, "envVars": []})["id"]
    made = project.api("POST", "/projects", {"name": "p", "ownerId": owner, "environments": [{"name": "e"}]})
    services = [project.service(f"worker-{number}", {"KEY": "1"}) for number in range(8)]
    deploys = project.api("GET", f"/services/{services[0]}/deploys")
    known = {
        "serviceId": services,
        "ownerId": [owner],
        "envGroupId": [group],
        "projectId": [made["id"]],
        "environmentId": made["environmentIds"],
        "postgresId": [project.api("POST", "/postgres", names)["id"] for _ in range(4)],
        "keyValueId": [project.api("POST", "/key-value", names)["id"] for _ in range(4)],
        "deployId": [deploys[0]["deploy"]["id"]],
        "envVarKey": ["KEY", "OTHER"],
        "secretFileName": ["file.pem"],
    }
    project.write("served.json", json.dumps(served(known)))
    command = [sys.executable, "-m", "schemathesis.cli", "run", "served.json", "--url", project.sandbox.url]
    command += ["--include-tag", "served", "--checks", CHECKS, "--phases", "examples,coverage,fuzzing"]
    command += ["--max-examples", EXAMPLES, "--seed", "1", "--output-truncate", "true"]
    command += ["--header", f"Authorization:Bearer {project.sandbox.api_key}"]
    done = subprocess.run(
        command, cwd=project.folder, env=project.environment(), capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout
    answered = [seen["status"] for seen in project.requests()]
    assert len(answered) > 2000
    # Not only refusals.
    assert sum(status < HTTPStatus.BAD_REQUEST for status in answered) > len(answered) / 10
    assert set(answered) <= {200, 201, 202, 204, 405, *ERRORS} - {500, 503}
