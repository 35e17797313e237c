"""Writes Render, one key at a time: the adapter behind `ports.LiveWriter`."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

from reconciler.errors import RenderError
from reconciler.render_api import endpoints, payload
from reconciler.render_api.connection import unconfirmed
from reconciler.render_api.groups import group_of
from reconciler.render_api.reader import RenderReader
from reconciler.render_api.refusal import message_of

if TYPE_CHECKING:
    from pydantic import TypeAdapter

    from reconciler.domain.deploy import Deploy
    from reconciler.domain.state import DeployMode, LiveGroup
    from reconciler.domain.value import Secret
    from reconciler.ports import Confirm
    from reconciler.render_api.answer import Answer
    from reconciler.render_api.endpoints import Endpoint

P = TypeVar("P")


class RenderWriter(RenderReader):
    """Reads and writes over an open connection.

    Each method returns when Render has confirmed the write, or when `confirm` said that it is not wanted any more;
    `UnconfirmedWriteError` says that it may have happened.
    """

    async def put_variable(self, service_id: str, key: str, value: Secret, *, confirm: Confirm) -> None:
        """Set one variable."""
        answer = await self._connection.write(
            endpoints.PUT_VARIABLE, service_id, key, fields={"value": value}, accept=_STORED, confirm=confirm
        )
        if answer is None:
            return
        variable = _confirmed(answer, payload.VARIABLE)
        self._connection.seen.add(service_id, {key: variable.value})
        if variable.key != key or variable.value != value:
            raise unconfirmed(answer.malformed("it is not the variable that was sent"))

    async def delete_variable(self, service_id: str, key: str, *, confirm: Confirm) -> None:
        """Delete one variable."""
        await self._delete(endpoints.DELETE_VARIABLE, service_id, key, confirm)

    async def put_secret_file(self, service_id: str, name: str, content: Secret, *, confirm: Confirm) -> None:
        """Set one secret file."""
        answer = await self._connection.write(
            endpoints.PUT_SECRET_FILE, service_id, name, fields={"content": content}, accept=_STORED, confirm=confirm
        )
        if answer is None:
            return
        file = _confirmed(answer, payload.SECRET_FILE)
        self._connection.seen.add(service_id, {name: file.content})
        if file.name != name or file.content != content:
            raise unconfirmed(answer.malformed("it is not the secret file that was sent"))

    async def delete_secret_file(self, service_id: str, name: str, *, confirm: Confirm) -> None:
        """Delete one secret file."""
        await self._delete(endpoints.DELETE_SECRET_FILE, service_id, name, confirm)

    async def put_group_variable(self, group_id: str, key: str, value: Secret, *, confirm: Confirm) -> None:
        """Set one variable of an env group; Render answers with the whole group."""
        answer = await self._connection.write(
            endpoints.PUT_GROUP_VARIABLE, group_id, key, fields={"value": value}, accept=_STORED, confirm=confirm
        )
        if answer is not None and self._confirmed_group(answer, group_id).variables.get(key) != value:
            raise unconfirmed(answer.malformed("the group does not have the variable that was sent"))

    async def delete_group_variable(self, group_id: str, key: str, *, confirm: Confirm) -> None:
        """Delete one variable of an env group."""
        await self._delete(endpoints.DELETE_GROUP_VARIABLE, group_id, key, confirm)

    async def link_group(self, group_id: str, service_id: str, *, confirm: Confirm) -> None:
        """Link an env group to one service; the links of others stay. Never sent twice, as any POST."""
        answer = await self._connection.write(
            endpoints.LINK_GROUP, group_id, service_id, accept=_STORED, confirm=confirm
        )
        if answer is not None and not self._confirmed_group(answer, group_id).is_linked_to(service_id):
            raise unconfirmed(answer.malformed("the group is not linked to the service"))

    async def create_deploy(self, service_id: str, mode: DeployMode, *, confirm: Confirm) -> Deploy | None:
        """Ask for a deploy; `None` where Render queued it behind another one and did not say which, or it is unwanted.

        Never sent twice: when the answer is lost, `UnconfirmedWriteError` tells the caller to list the deploys.
        """
        answer = await self._connection.write(
            endpoints.CREATE_DEPLOY,
            service_id,
            fields={"deployMode": mode.value},
            accept=_ANY_SUCCESS,
            confirm=confirm,
        )
        if answer is None:
            return None
        match answer.status:
            case HTTPStatus.CREATED:
                return _confirmed(answer, payload.DEPLOY).deploy()
            case HTTPStatus.ACCEPTED if not answer.body.strip():
                return None
            case _:
                raise unconfirmed(
                    answer.malformed(f"status {answer.status} is not an answer to a request for a deploy")
                )

    def _confirmed_group(self, answer: Answer, group_id: str) -> LiveGroup:
        try:
            return group_of(self._connection, answer, group_id)
        except RenderError as error:
            raise unconfirmed(error) from None

    async def _delete(self, endpoint: Endpoint, service_id: str, name: str, confirm: Confirm) -> None:
        accept = (*_ANY_SUCCESS, HTTPStatus.NOT_FOUND)
        answer = await self._connection.write(endpoint, service_id, name, accept=accept, confirm=confirm)
        if answer is None:
            return
        if answer.status == HTTPStatus.NOT_FOUND:
            if not answer.may_be_second:
                raise self._connection.refusal(answer)
            if message_of(answer) is None:
                raise unconfirmed(self._connection.refusal(answer))
        elif answer.status != HTTPStatus.NO_CONTENT:
            raise unconfirmed(answer.malformed(f"status {answer.status} is not an answer to a deletion"))


_STORED = (HTTPStatus.OK, HTTPStatus.CREATED)
_ANY_SUCCESS = range(200, 300)


def _confirmed(answer: Answer, shape: TypeAdapter[P]) -> P:
    try:
        return answer.read_as(shape)
    except RenderError as error:
        raise unconfirmed(error) from None
