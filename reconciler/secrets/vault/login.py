"""Getting a token: one that is at hand, or by AppRole, Kubernetes or a JWT such as GitHub's for an Actions job."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.domain.value import Secret
from reconciler.secrets.github_oidc import github_token, in_github_actions
from reconciler.secrets.store import ForbiddenError, UnresolvedError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

    from reconciler.secrets.vault.server import Reply, Server
    from reconciler.secrets.vault.settings import Settings

METHODS = ("token", "approle", "kubernetes", "jwt")
SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")
"""Where Kubernetes puts a pod's token: https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/"""


async def login(server: Server) -> Secret:
    """Return a token; raises `UnresolvedError` where none can be had.

    A login is made in the namespace that the environment names, once a run.
    """
    settings = server.settings
    method = settings.get("AUTH_METHOD") or "token"
    match method:
        case "token":
            return _token_at_hand(settings)
        case "approle":
            return await _by_approle(server)
        case "kubernetes":
            identity = _file(settings, "JWT_FILE", SERVICE_ACCOUNT)
            client = server.client(settings.namespace)
            return await _logged_in(
                server,
                method,
                lambda: client.auth.kubernetes.login(
                    _required(settings, "ROLE"), identity, use_token=False, mount_point=_mount(settings, method)
                ),
            )
        case "jwt":
            identity = await _jwt(settings)
            client = server.client(settings.namespace)
            return await _logged_in(
                server,
                method,
                lambda: client.auth.jwt.jwt_login(
                    _required(settings, "ROLE"), identity, use_token=False, path=_mount(settings, method)
                ),
            )
        case _:
            known = ", ".join(f"`{known}`" for known in METHODS)
            raise UnresolvedError(f"{settings.variable('AUTH_METHOD')} is none of {known}{nearest(method, METHODS)}")


def _token_at_hand(settings: Settings) -> Secret:
    token = settings.get("TOKEN")
    if token is None and settings.get("TOKEN_FILE") is not None:
        token = _file(settings, "TOKEN_FILE", Path())
    if token is None:
        home = settings.environ.get("HOME") or settings.environ.get("USERPROFILE")
        # Where `vault login` and `bao login` keep it.
        kept = Path(home) / ".vault-token" if home else None
        token = _read(kept) if kept is not None and kept.is_file() else None
    if not token:
        raise ForbiddenError(
            f"there is no token; set {settings.variable('TOKEN')} or {settings.variable('TOKEN_FILE')}, log in with "
            f"the server's own command, or choose another {settings.variable('AUTH_METHOD')}"
        )
    return Secret(token)


async def _by_approle(server: Server) -> Secret:
    settings = server.settings
    role = _required(settings, "ROLE_ID")
    secret = settings.get("SECRET_ID")
    if secret is None and settings.get("SECRET_ID_FILE") is not None:
        secret = _file(settings, "SECRET_ID_FILE", Path())
    client = server.client(settings.namespace)
    # A role may be bound to addresses only and have no secret id.
    return await _logged_in(
        server,
        "approle",
        lambda: client.auth.approle.login(role, secret, use_token=False, mount_point=_mount(settings, "approle")),
    )


async def _jwt(settings: Settings) -> str:
    given = settings.get("JWT")
    if given is not None:
        return given
    if settings.get("JWT_FILE") is not None:
        return _file(settings, "JWT_FILE", Path())
    if in_github_actions(settings.environ):
        return (await github_token(settings.environ, settings.get("JWT_AUDIENCE"))).reveal()
    raise ForbiddenError(
        f"there is no JWT to log in with; set {settings.variable('JWT')} or {settings.variable('JWT_FILE')}, or give "
        "the GitHub Actions job `permissions: {id-token: write}`"
    )


async def _logged_in(server: Server, method: str, request: Callable[[], requests.Response]) -> Secret:
    reply = await server.ask(request)
    if reply.ok:
        token = _client_token(reply)
        if token is None:
            raise UnresolvedError(f"the server answered the {method} login without a token")
        return Secret(token)
    raise ForbiddenError(
        f"the {method} login was refused ({reply.status}); see that role and credentials are right and not expired, "
        f"and that the method is enabled at `auth/{_mount(server.settings, method)}` "
        f"({server.settings.variable('AUTH_MOUNT')})"
    )


def _client_token(reply: Reply) -> str | None:
    match reply.body:
        case {"auth": {"client_token": str() as token}} if token:
            return token
        case _:
            return None


def _mount(settings: Settings, method: str) -> str:
    return (settings.get("AUTH_MOUNT") or method).strip("/")


def _required(settings: Settings, name: str) -> str:
    value = settings.get(name)
    if value is None:
        raise ForbiddenError(f"{settings.variable(name)} is not set; the login needs it")
    return value


def _file(settings: Settings, name: str, default: Path) -> str:
    named = settings.get(name)
    content = _read(Path(named) if named else default)
    if not content:
        where = settings.variable(name) if named else f"{default}, or {settings.variable(name)},"
        raise ForbiddenError(f"{where} names no file that can be read and holds something")
    return content


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8").strip() or None
    except (OSError, ValueError):
        return None
