"""The requests that may be sent at all: an allow-list of methods and path templates, enforced on the encoded URL.

An HTTP client that resolves dot segments turns `DELETE …/env-vars/..` into `DELETE /services/{id}`. So each request is
compared, as it is about to be sent, with its template segment by segment. No endpoint that replaces all variables or
all secret files of a service is on the list, and none that unlinks an env group.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from reconciler.errors import RenderError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import httpx


class Bucket(StrEnum):
    """What Render counts together for its rate limits, by its documentation on them and by recorded headers."""

    READS = "reads"
    LOGS = "logs"
    WRITES = "writes"
    DEPLOYS = "deploys"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One kind of request; a segment of the template in braces is filled in."""

    kind: str
    method: str
    template: str
    bucket: Bucket = Bucket.READS
    holds_values: bool = False
    """Whether what is asked for is values, so that nothing of an answer may be quoted: none of them is known yet."""

    @property
    def is_read(self) -> bool:
        """Whether the request changes nothing."""
        return self.method == "GET"

    @property
    def is_repeatable(self) -> bool:
        """Whether sending the request twice leaves Render as sending it once does."""
        return self.method != "POST"

    def segments(self, names: Sequence[str]) -> list[str]:
        """Return the encoded segments of the path, or raise `RenderError` for a name that no URL can carry safely."""
        remaining = list(names)
        segments = [
            _encoded(remaining.pop(0)) if part.startswith("{") else part for part in self.template.strip("/").split("/")
        ]
        if remaining:
            message = f"{self.template} does not take {len(names)} names"
            raise ValueError(message)
        return segments


WORKSPACES = Endpoint("workspaces", "GET", "/owners")
AUDIT_LOGS = Endpoint("audit_logs", "GET", "/owners/{workspace}/audit-logs")
SERVICES = Endpoint("services", "GET", "/services")
VARIABLES = Endpoint("variables", "GET", "/services/{service}/env-vars", holds_values=True)
VARIABLE = Endpoint("variable", "GET", "/services/{service}/env-vars/{key}", holds_values=True)
SECRET_FILES = Endpoint("secret_files", "GET", "/services/{service}/secret-files", holds_values=True)
SECRET_FILE = Endpoint("secret_file", "GET", "/services/{service}/secret-files/{name}", holds_values=True)
DEPLOYS = Endpoint("deploys", "GET", "/services/{service}/deploys")
DEPLOY = Endpoint("deploy", "GET", "/services/{service}/deploys/{deploy}")
EVENTS = Endpoint("events", "GET", "/services/{service}/events")
INSTANCES = Endpoint("instances", "GET", "/services/{service}/instances")
GROUPS = Endpoint("groups", "GET", "/env-groups")
GROUP = Endpoint("group", "GET", "/env-groups/{group}", holds_values=True)
GROUP_VARIABLE = Endpoint("group_variable", "GET", "/env-groups/{group}/env-vars/{key}", holds_values=True)
DATABASES = Endpoint("databases", "GET", "/postgres")
KEY_VALUES = Endpoint("key_values", "GET", "/key-value")
DATABASE_CONNECTION = Endpoint("database_connection", "GET", "/postgres/{database}/connection-info", holds_values=True)
KEY_VALUE_CONNECTION = Endpoint(
    "key_value_connection", "GET", "/key-value/{instance}/connection-info", holds_values=True
)
PROJECTS = Endpoint("projects", "GET", "/projects")
PROJECT_ENVIRONMENTS = Endpoint("project_environments", "GET", "/environments")
LOGS = Endpoint("logs", "GET", "/logs", Bucket.LOGS, holds_values=True)
PUT_VARIABLE = Endpoint("put_variable", "PUT", "/services/{service}/env-vars/{key}", Bucket.WRITES)
DELETE_VARIABLE = Endpoint("delete_variable", "DELETE", "/services/{service}/env-vars/{key}", Bucket.WRITES)
PUT_SECRET_FILE = Endpoint("put_secret_file", "PUT", "/services/{service}/secret-files/{name}", Bucket.WRITES)
DELETE_SECRET_FILE = Endpoint("delete_secret_file", "DELETE", "/services/{service}/secret-files/{name}", Bucket.WRITES)
PUT_GROUP_VARIABLE = Endpoint("put_group_variable", "PUT", "/env-groups/{group}/env-vars/{key}", Bucket.WRITES)
DELETE_GROUP_VARIABLE = Endpoint("delete_group_variable", "DELETE", "/env-groups/{group}/env-vars/{key}", Bucket.WRITES)
LINK_GROUP = Endpoint("link_group", "POST", "/env-groups/{group}/services/{service}", Bucket.WRITES)
CREATE_DEPLOY = Endpoint("create_deploy", "POST", "/services/{service}/deploys", Bucket.DEPLOYS)

ALLOWED = frozenset(
    {
        WORKSPACES,
        AUDIT_LOGS,
        SERVICES,
        VARIABLES,
        VARIABLE,
        SECRET_FILES,
        SECRET_FILE,
        DEPLOYS,
        DEPLOY,
        EVENTS,
        INSTANCES,
        GROUPS,
        GROUP,
        GROUP_VARIABLE,
        DATABASES,
        KEY_VALUES,
        DATABASE_CONNECTION,
        KEY_VALUE_CONNECTION,
        PROJECTS,
        PROJECT_ENVIRONMENTS,
        LOGS,
        PUT_VARIABLE,
        DELETE_VARIABLE,
        PUT_SECRET_FILE,
        DELETE_SECRET_FILE,
        PUT_GROUP_VARIABLE,
        DELETE_GROUP_VARIABLE,
        LINK_GROUP,
        CREATE_DEPLOY,
    }
)


def admit(request: httpx.Request, endpoint: Endpoint, segments: Sequence[str], base_url: httpx.URL) -> None:
    """Raise `RenderError` unless the request, as encoded, is the endpoint's with exactly these segments."""
    path, _, query = request.url.raw_path.partition(b"?")
    base = base_url.raw_path.rstrip(b"/")
    sent = path.removeprefix(base + b"/").decode("ascii").split("/")
    template = endpoint.template.strip("/").split("/")
    intended = (
        endpoint in ALLOWED
        and request.method == endpoint.method
        and (request.url.scheme, request.url.host, request.url.port) == (base_url.scheme, base_url.host, base_url.port)
        and path.startswith(base + b"/")
        and sent == list(segments)
        and len(sent) == len(template)
        and all(part.startswith("{") or part == segment for part, segment in zip(template, sent, strict=True))
        and not any(is_path_syntax(segment) for segment in sent)
        and (endpoint.is_read or not query)
    )
    if not intended:
        raise RenderError(
            f"a request to {endpoint.method} {endpoint.template} was not sent: its encoded address is another one",
            remedy="this is a defect of reconcile; please report it",
        )


def is_path_syntax(name: str) -> bool:
    """Tell whether a name is empty, a dot segment or holds a separator, however often it is percent-decoded."""
    while True:
        if name in {"", ".", ".."} or any(character in name for character in "/\\\0"):
            return True
        decoded = unquote(name, errors="replace")
        if decoded == name:
            return False
        name = decoded


def undisclosed(name: str) -> str:
    """Describe a name without quoting it: one that is odd may be a value that somebody put in its place."""
    if not name:
        return "an empty name"
    length = f"a name of {len(name)} character{'s' if len(name) > 1 else ''}"
    if not name.isprintable():
        return f"{length}, some of them unprintable,"
    return f"{length} that reads as a path" if is_path_syntax(name) else length


def _encoded(name: str) -> str:
    if is_path_syntax(name) or not name.isprintable():
        raise RenderError(
            f"{undisclosed(name)} cannot be part of a request to Render's API: it would become another request",
            remedy="rename it; names are letters, digits, `_`, `-` and `.`, and neither `.` nor `..`",
        )
    return quote(name, safe="")
