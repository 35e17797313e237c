"""The shapes of Render's answers about databases: Postgres and Key Value."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, TypeAdapter

from reconciler.domain.datastore import ConnectionInfo, Datastore
from reconciler.render_api.payload import WHEN_USED, Id, Item, Name, Payload, SecretText


class DatastoreOwnerPayload(Payload):
    """The workspace that a database belongs to."""

    id: Id


class ReplicaPayload(Payload):
    """A read replica of a Postgres database."""

    id: Id


class DatastorePayload(Payload):
    """A Postgres database or a Key Value instance."""

    id: Id
    name: Annotated[Name, Field(min_length=1)]
    owner: DatastoreOwnerPayload
    region: Name | None = None
    replicas: list[ReplicaPayload] | None = Field(default=None, alias="readReplicas")

    def datastore(self) -> Datastore:
        """Return what the program knows a database by."""
        replicas = tuple(replica.id for replica in self.replicas or ())
        return Datastore(self.id, self.name, self.region or None, replicas)


class ConnectionPayload(Payload):
    """How to connect to a database; only Postgres has a password of its own."""

    internal: SecretText = Field(alias="internalConnectionString")
    external: SecretText = Field(alias="externalConnectionString")
    password: SecretText | None = None

    def info(self) -> ConnectionInfo:
        """Return how to connect."""
        return ConnectionInfo(self.internal, self.external, self.password)


class DatabaseItem(Item):
    """One Postgres database of a list."""

    content: DatastorePayload = Field(alias="postgres")


class KeyValueItem(Item):
    """One Key Value instance of a list."""

    content: DatastorePayload = Field(alias="keyValue")


DATABASES = TypeAdapter(list[DatabaseItem], config=WHEN_USED)
KEY_VALUES = TypeAdapter(list[KeyValueItem], config=WHEN_USED)
CONNECTION = TypeAdapter(ConnectionPayload)
