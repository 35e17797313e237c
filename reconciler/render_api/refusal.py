"""What a refused request means: a typed error with Render's own words, scrubbed, and what to do about it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from reconciler.errors import RenderError
from reconciler.render_api import payload
from reconciler.render_api.answer import described
from reconciler.render_api.scrubber import scrubbed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.render_api.answer import Answer
    from reconciler.render_api.endpoints import Endpoint
    from reconciler.render_api.transport import Lost

_REMEDIES = {
    HTTPStatus.BAD_REQUEST: "check the names in services.yaml; Render says above what it does not accept",
    HTTPStatus.PAYMENT_REQUIRED: "check the workspace's plan and payment in Render's dashboard",
    HTTPStatus.FORBIDDEN: "use an API key of a member who may see and change this workspace",
    HTTPStatus.NOT_FOUND: "check that it still exists on Render, and that the API key's owner may see it",
    HTTPStatus.CONFLICT: "look at the service in Render's dashboard; it may be suspended, or busy with another change",
    HTTPStatus.GONE: "it was deleted on Render; take it out of services.yaml, or point `render:` at its successor",
    HTTPStatus.TOO_MANY_REQUESTS: "wait a few minutes; other clients may be using up the key's rate limit",
}
_SERVER_REMEDY = "try again later; https://status.render.com says whether Render has an incident"
_OTHER_REMEDY = "check that RENDER_API_URL is the address of Render's API, and whether a proxy is in between"


def refusal(answer: Answer, host: str, key_variable: str) -> RenderError:
    """Return the error for an answer whose status is not the one asked for; no secret shows in it.

    What refuses values may quote one that this run has not read yet, so that nobody would know it for one.
    """
    status = answer.status
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        said = f"{host} answered with a redirect ({status}), which is never followed: it could carry the API key away"
        return _error(answer, said, _OTHER_REMEDY)
    message = message_of(answer)
    said = f"{_phrase(status)} ({status})"
    if message is not None and not answer.endpoint.holds_values:
        said = f"{said}: {scrubbed(message, answer.hidden)}"
    if status == HTTPStatus.UNAUTHORIZED:
        remedy = f"put a key that is valid into {key_variable}; keys are made in Render's dashboard, Account Settings"
        return _error(answer, f"Render refused the API key in {key_variable}: {said}", remedy)
    remedy = _SERVER_REMEDY if status >= HTTPStatus.INTERNAL_SERVER_ERROR else _OTHER_REMEDY
    if message is not None and status in _REMEDIES:
        remedy = _REMEDIES[HTTPStatus(status)]
    return _error(answer, f"Render refused {answer.endpoint.method} {answer.what}: {said}", remedy)


def lost(endpoint: Endpoint, names: Sequence[str], outcome: Lost) -> RenderError:
    """Return the error for a request that got no answer."""
    return RenderError(f"{endpoint.method} {described(endpoint, names)}: {outcome.reason}", remedy=outcome.remedy)


def message_of(answer: Answer) -> str | None:
    """Return what an error's body says in Render's shape, or nothing where it has another: a proxy's page, say."""
    try:
        return answer.read_as(payload.ERROR).message
    except RenderError:
        return None


def _error(answer: Answer, message: str, remedy: str) -> RenderError:
    request_id = answer.request_id
    if request_id:
        message = f"{message} (Render-Request-Id {request_id})"
    return RenderError(message, status=answer.status, request_id=request_id, remedy=remedy)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "unknown status"
