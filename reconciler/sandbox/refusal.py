"""What the sandbox refuses, in the words and with the status that Render would use."""

from __future__ import annotations

from http import HTTPStatus


class RefusalError(Exception):
    """A request that is answered with an error; its message is the body's `message`."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def not_found(what: str) -> RefusalError:
    """Return the 404 that Render was recorded to answer: `not found: …`."""
    return RefusalError(HTTPStatus.NOT_FOUND, f"not found: {what}")


def bad_request(message: str) -> RefusalError:
    """Return a 400 with a sentence about what is wrong."""
    return RefusalError(HTTPStatus.BAD_REQUEST, message)


def conflict(message: str) -> RefusalError:
    """Return a 409: the resource's present state does not allow the request."""
    return RefusalError(HTTPStatus.CONFLICT, message)


def forbidden() -> RefusalError:
    """Return the 403 for a key that may not see the workspace in question."""
    return RefusalError(HTTPStatus.FORBIDDEN, "forbidden: the API key has no access to this workspace")


def unauthorized() -> RefusalError:
    """Return the 401 for a missing or unknown key."""
    return RefusalError(HTTPStatus.UNAUTHORIZED, "Unauthorized")
