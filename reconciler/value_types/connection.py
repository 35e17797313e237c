"""Connection URLs of brokers and stores: `redis_url`, `amqp_url` and `mongodb_url`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.value_types.url import parse_url
from reconciler.value_types.value_type import ValueType

if TYPE_CHECKING:
    from reconciler.domain.definition import TypeOptions

ENCODE = "percent-encode special characters of the password"


def _connection(name: str, schemes: frozenset[str], right: str, *, several_hosts: bool = False) -> ValueType:
    def check(_options: TypeOptions, text: str) -> str | None:
        url = parse_url(text)
        if url is None or url.scheme not in schemes:
            return f"the value is not a URL of this kind: {right}"
        if not url.hosts or not all(host.name for host in url.hosts):
            return f"the value names no host: {right}"
        if len(url.hosts) > 1 and not several_hosts:
            return f"the value names several hosts: {right}"
        return None

    return ValueType(name, check, right, credential=True)


REDIS_URL = _connection(
    "redis_url",
    frozenset({"redis", "rediss"}),
    f"write redis://user:password@host:6379/0 (rediss:// for TLS), and {ENCODE}",
)
AMQP_URL = _connection(
    "amqp_url",
    frozenset({"amqp", "amqps"}),
    f"write amqp://user:password@host:5672/vhost (amqps:// for TLS), and {ENCODE}",
)
MONGODB_URL = _connection(
    "mongodb_url",
    frozenset({"mongodb", "mongodb+srv"}),
    f"write mongodb+srv://user:password@host/database or mongodb://…, and {ENCODE}",
    several_hosts=True,
)
