"""The Supabase project that a value belongs to, whether it is a URL, a key or a database's address."""

from __future__ import annotations

from reconciler.value_types.postgres import database_hosts
from reconciler.value_types.supabase import key_ref
from reconciler.value_types.supabase_host import api_ref, direct_ref, is_pooler, pooler_ref
from reconciler.value_types.url import parse_url


def project_ref(text: str) -> str | None:
    """Return the project's reference, or `None` for a value that does not tell it, such as a custom domain's."""
    if (hosts := database_hosts(text)) is not None:
        refs = {pooler_ref(host.user) if is_pooler(host.name) else direct_ref(host.name) for host in hosts}
        return refs.pop() if len(refs) == 1 else None
    url = parse_url(text)
    if url is None:
        return key_ref(text)
    return api_ref(url.hosts[0].name) if len(url.hosts) == 1 else None
