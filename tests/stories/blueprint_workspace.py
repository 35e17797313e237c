"""A workspace as Render makes it of a Blueprint, over the API; it shares nothing with how reconcile reads one."""

from __future__ import annotations

import base64
import re
import secrets
from typing import TYPE_CHECKING, Any

import httpx
from yaml.composer import Composer
from yaml.constructor import SafeConstructor
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.resolver import BaseResolver
from yaml.scanner import Scanner

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reconciler.sandbox import RunningSandbox

TYPES = {
    "web": "web_service",
    "pserv": "private_service",
    "worker": "background_worker",
    "cron": "cron_job",
    "static": "static_site",
}


Sections = list[tuple[str | None, dict[str, Any]]]
"""Each part of a Blueprint that has services, with the id of its environment."""


class TextLoader(Reader, Scanner, Parser, Composer, SafeConstructor, BaseResolver):
    """Reads every scalar as the text that was typed, and merge keys as what they merge."""

    def __init__(self, stream: str) -> None:
        Reader.__init__(self, stream)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)
        SafeConstructor.__init__(self)
        BaseResolver.__init__(self)


TextLoader.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile("^<<$"), ["<"])


def each(sections: Sections, key: str) -> Iterator[tuple[str | None, dict[str, Any]]]:
    for environment, section in sections:
        for one in section.get(key) or []:
            yield environment, one


def datastores(sections: Sections) -> Iterator[tuple[str, str, str | None]]:
    for environment, database in each(sections, "databases"):
        yield database["name"], "postgres", environment
    for environment, service in each(sections, "services"):
        if service["type"] in {"redis", "keyvalue"}:
            yield service["name"], "key-value", environment


class BlueprintWorkspace:
    """A workspace of its own in a sandbox, and a key that sees nothing else."""

    def __init__(self, sandbox: RunningSandbox, name: str) -> None:
        self.name = name
        with httpx.Client(base_url=sandbox.control_url) as control:
            self.owner = control.post("/owners", json={"name": name}).json()["id"]
            self.key = control.post("/keys", json={"owners": [self.owner]}).json()["key"]
        self._client = httpx.Client(base_url=sandbox.url, headers={"Authorization": f"Bearer {self.key}"})
        self._services: dict[str, dict[str, Any]] = {}
        self._given: dict[str, dict[str, dict[str, Any]]] = {}
        self._made: dict[tuple[str, str], str] = {}
        self._connections: dict[str, dict[str, str]] = {}
        self.secrets: set[str] = set()
        """What nobody may ever see in a file."""

    def close(self) -> None:
        self._client.close()

    def api(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 — JSON
        answer = self._client.request(method, path, json=body)
        assert answer.is_success, f"{method} {path}: {answer.text}"
        return answer.json() if answer.content else None

    def sync(self, path: Path) -> None:
        """Make everything that a Blueprint has, and what it takes for granted."""
        document: dict[str, Any] = TextLoader(path.read_text(encoding="utf-8")).get_single_data()
        sections = self._sections(document)
        for name, kind, environment in datastores(sections):
            self._datastore(kind, name, environment)
        groups = {}
        for environment, group in each(sections, "envVarGroups"):
            pairs = {item["key"]: self._own(item) for item in group.get("envVars") or []}
            groups[group["name"]] = self._group(group["name"], pairs, environment)
        services = [(place, one) for place, one in each(sections, "services") if one["type"] in TYPES]
        for environment, service in services:
            self._service(service, environment)
        for name, items in self._given.items():
            held = [{"key": key, "value": value} for key in items if (value := self._value(name, key))]
            self.api("PUT", f"/services/{self._services[name]['id']}/env-vars", held)
        for environment, service in services:
            for item in service.get("envVars") or []:
                if (named := item.get("fromGroup")) is not None:
                    if named not in groups:
                        groups[named] = self._group(named, {"MADE_BY_HAND": "yes"}, environment)
                    self.api("POST", f"/env-groups/{groups[named]}/services/{self._services[service['name']]['id']}")

    def _sections(self, document: dict[str, Any]) -> Sections:
        found: Sections = [(None, document), (None, document.get("ungrouped") or {})]
        for project in document.get("projects") or []:
            names = [{"name": environment["name"]} for environment in project["environments"]]
            made = self.api(
                "POST", "/projects", {"name": project["name"], "ownerId": self.owner, "environments": names}
            )
            found += list(zip(made["environmentIds"], project["environments"], strict=True))
            found.append((None, {"envVarGroups": project.get("envVarGroups")}))
        return found

    def _datastore(self, kind: str, name: str, environment: str | None = None) -> None:
        body = {"name": name, "ownerId": self.owner, "plan": "free", "version": "17", "environmentId": environment}
        made = self.api("POST", f"/{kind}", body)
        self._connections[name] = self.api("GET", f"/{kind}/{made['id']}/connection-info")
        self.secrets.add(self._connections[name]["internalConnectionString"])

    def _group(self, name: str, pairs: dict[str, str | None], environment: str | None) -> str:
        variables = [{"key": key, "value": value} for key, value in pairs.items() if value]
        body = {"name": name, "ownerId": self.owner, "envVars": variables, "environmentId": environment}
        return str(self.api("POST", "/env-groups", body)["id"])

    def _service(self, said: dict[str, Any], environment: str | None) -> None:
        kind = "static" if said.get("runtime") == "static" else said["type"]
        body = {"type": TYPES[kind], "name": said["name"], "ownerId": self.owner, "environmentId": environment}
        self._services[said["name"]] = self.api("POST", "/services", body)["service"]
        items = [item for item in said.get("envVars") or [] if "key" in item]
        self._given[said["name"]] = {item["key"]: item for item in items}

    def _own(self, item: dict[str, Any]) -> str | None:
        """Return the value that an item has without looking at anything else; people set what it leaves open."""
        if item.get("generateValue") == "true":
            made = base64.b64encode(secrets.token_bytes(32)).decode()
        elif item.get("value") is not None:
            return str(item["value"])
        else:
            made = f"set-by-hand-{secrets.token_hex(12)}"
        self.secrets.add(made)
        return made

    def _value(self, service: str, key: str) -> str | None:
        if (service, key) in self._made:
            return self._made[service, key]
        item = self._given[service][key]
        if "fromDatabase" in item:
            value: str | None = self._of_database(**item["fromDatabase"])
        elif "fromService" in item:
            value = self._of_service(item["fromService"])
        else:
            value = self._own(item)
        if value:
            self._made[service, key] = value
        return value

    def _of_database(self, name: str, property: str) -> str:  # noqa: A002 — the Blueprint's word
        if name not in self._connections:
            self._datastore("postgres", name)
        whole = self._connections[name]["internalConnectionString"]
        url = httpx.URL(whole)
        parts = {
            "connectionString": whole,
            "host": url.host,
            "port": str(url.port or 5432),
            "user": url.username,
            "password": self._connections[name]["password"],
            "database": url.path.strip("/"),
        }
        return parts[property]

    def _of_service(self, source: dict[str, str]) -> str | None:
        name = source["name"]
        if source.get("type") == "database":
            return self._of_database(name, source["property"])
        if source.get("type") in {"redis", "keyvalue"}:
            whole = self._connections[name]["internalConnectionString"]
            url = httpx.URL(whole)
            parts = {"connectionString": whole, "host": url.host, "port": str(url.port)}
            return parts[source["property"]]
        if name not in self._services:
            return "made-by-hand"
        live = self.api("GET", f"/services/{self._services[name]['id']}")
        if (variable := source.get("envVarKey")) is not None:
            own = variable != "RENDER_EXTERNAL_URL"
            return self._value(name, variable) if own else str(live["serviceDetails"]["url"])
        slug = str(live["slug"])
        ports = [str(open_port["port"]) for open_port in live["serviceDetails"].get("openPorts", [])]
        whole = f"{slug}:{ports[0]}" if ports else slug
        return {"host": slug, "hostport": whole, "port": whole.rpartition(":")[2]}[source["property"]]
