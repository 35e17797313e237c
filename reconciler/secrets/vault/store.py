"""The store of `vault://`: one login a run, one look at each mount, one read of each distinct path."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from reconciler.secrets.batch import by_place
from reconciler.secrets.json_value import pointed
from reconciler.secrets.store import ForbiddenError, MissingError, UnresolvedError, check_parameters
from reconciler.secrets.vault.login import login
from reconciler.secrets.vault.server import Server, refused_token
from reconciler.secrets.vault.settings import settings_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import hvac

    from reconciler.domain.definition import SecretRef
    from reconciler.domain.value import Secret
    from reconciler.secrets.json_value import Node
    from reconciler.secrets.store import Answer, Surroundings
    from reconciler.secrets.vault.server import Reply

FORBIDDEN = (401, 403)
MISSING = 404


def open_store(surroundings: Surroundings) -> VaultStore:
    """Return the store of the server that the environment names; raises `UnresolvedError` where it names none."""
    return VaultStore(Server(settings_of(surroundings.environ)))


@dataclass(frozen=True, slots=True)
class Place:
    """One secret: what one read returns."""

    namespace: str | None
    path: str
    version: int | None


@dataclass(frozen=True, slots=True)
class Mount:
    """A key-value engine and where it is mounted."""

    path: str
    """Ends with a slash."""
    version: int


class VaultStore:
    """Reads key-value secrets of one server."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._token: Secret | None = None
        self._mounts: dict[str | None, list[Mount]] = {}
        self._looking = asyncio.Lock()
        self._asking = asyncio.Lock()
        self._good: bool | None = None

    async def fetch(self, references: Sequence[SecretRef]) -> Mapping[SecretRef, Answer]:
        """Answer each reference from its path's secret, having logged in."""
        if self._token is None:
            self._token = await login(self._server)
        return await by_place(references, self._place, self._read, lambda data, each: pointed(data, each.pointer))

    def _place(self, reference: SecretRef) -> Place:
        check_parameters(reference, ("version", "namespace"))
        parameters = dict(reference.parameters)
        version = parameters.get("version")
        if version is not None and (not version.isdecimal() or int(version) == 0):
            raise UnresolvedError("`version` is a number from 1; leave it out for the newest")
        path = reference.path.strip("/")
        # An HTTP client would follow `..` out of the engine, to the token's own data, say.
        if any(part in {"", ".", ".."} for part in path.split("/")):
            raise UnresolvedError("its path has an empty part, `.` or `..`; write `vault://MOUNT/PATH#/KEY`")
        if "/" not in path:
            raise UnresolvedError("it names no path below a mount; write `vault://MOUNT/PATH#/KEY`")
        namespace = parameters.get("namespace") or self._server.settings.namespace
        return Place(namespace, path, int(version) if version else None)

    async def _read(self, place: Place) -> Node:
        mount = await self._mount(place)
        below = place.path.removeprefix(mount.path)
        if not below or place.path + "/" == mount.path:
            raise UnresolvedError(f"it names the engine mounted at `{mount.path}`, but no path in it")
        if mount.version == 1:
            if place.version is not None:
                raise UnresolvedError(f"`{mount.path}` is a key-value engine of version 1, which keeps no versions")
            kv1 = self._client(place.namespace).secrets.kv.v1
            reply = await self._server.ask(lambda: kv1.read_secret(below, mount_point=mount.path.rstrip("/")))
        else:
            kv2 = self._client(place.namespace).secrets.kv.v2
            reply = await self._server.ask(
                lambda: kv2.read_secret_version(
                    below, place.version, mount_point=mount.path.rstrip("/"), raise_on_deleted_version=False
                )
            )
        if reply.status in FORBIDDEN:
            raise await self._forbidden(reply, f"read `{_policy_path(place, mount)}`")
        return _content(reply, place, mount)

    async def _mount(self, place: Place) -> Mount:
        """Return the engine that a path is in, which the server is asked once for each mount, as its own command does.

        Mounts cannot lie within each other, so the first that fits is the one.
        """
        async with self._looking:
            known = self._mounts.setdefault(place.namespace, [])
            for mount in known:
                if (place.path + "/").startswith(mount.path):
                    return mount
            client = self._client(place.namespace)
            path = f"/v1/sys/internal/ui/mounts/{quote(place.path)}"
            reply = await self._server.ask(lambda: client.adapter.get(path))
            if reply.status in FORBIDDEN:
                raise await self._forbidden(reply, f"see an engine at `{place.path}`")
            mount = _mounted(reply)
            known.append(mount)
            return mount

    def _client(self, namespace: str | None) -> hvac.Client:
        assert self._token is not None  # noqa: S101 — `fetch` logs in first
        return self._server.client(namespace, self._token.reveal())

    async def _forbidden(self, reply: Reply, what: str) -> ForbiddenError:
        """Return the error for a refusal: the server says the same of a token that it does not know any more."""
        if not await self._token_is_good():
            return refused_token(self._server.settings)
        return ForbiddenError(
            f"the token may not {what} ({reply.status}); have its policy allow that, or look whether the path is right"
        )

    async def _token_is_good(self) -> bool:
        """Ask once whether the token may look at itself, as the policy `default` lets every token."""
        async with self._asking:
            if self._good is None:
                tokens = self._client(self._server.settings.namespace).auth.token
                self._good = (await self._server.ask(tokens.lookup_self)).ok
            return self._good


def _content(reply: Reply, place: Place, mount: Mount) -> Node:
    if reply.status == MISSING:
        raise MissingError(_not_found(place, mount))
    if not reply.ok:
        raise UnresolvedError(f"the server refused the read ({reply.status}); see its logs")
    match mount.version, reply.body:
        case 1, {"data": dict() as data}:
            return data
        case 2, {"data": {"data": dict() as data}}:
            return data
        case _:
            raise UnresolvedError("the server answered something that is no key-value secret")


def _mounted(reply: Reply) -> Mount:
    match reply.body:
        case {"data": {"type": "kv" | "generic", "path": str() as path, "options": {"version": "2"}}}:
            return Mount(path, 2)
        case {"data": {"type": "kv" | "generic", "path": str() as path}}:
            return Mount(path, 1)
        case {"data": {"type": str(), "path": str()}}:
            raise UnresolvedError("the engine mounted there is not a key-value one, which is all that `vault` reads")
        case _:
            raise UnresolvedError(f"the server did not say what is mounted there ({reply.status})")


def _policy_path(place: Place, mount: Mount) -> str:
    if mount.version == 1:
        return place.path
    return f"{mount.path}data/{place.path.removeprefix(mount.path)}"


def _not_found(place: Place, mount: Mount) -> str:
    below = place.path.removeprefix(mount.path)
    if mount.version == 2 and below.startswith("data/"):  # noqa: PLR2004 — the engine's version
        return f"there is no such secret; leave out `data/`: write `vault://{mount.path}{below.removeprefix('data/')}`"
    if place.version is not None:
        return f"there is no version {place.version} of such a secret, or it was deleted"
    return f"there is no such secret in the engine `{mount.path}`, or its newest version was deleted"
