"""What an entry of the audit log may be about: what cannot be told of it is read, never left."""

from __future__ import annotations

import pytest

from reconciler.render_api.audit_payload import AuditEntryPayload


@pytest.mark.parametrize(
    ("event", "metadata", "touched", "is_vague"),
    [
        ("UpdateEnvVarsEvent", {"service": "srv-a"}, {"srv-a"}, False),
        ("UpdateServiceNameEvent", {"changed": {"serviceId": "srv-a"}}, {"srv-a"}, False),
        ("MoveEnvironmentResourceEvent", {"resources": [{"id": "srv-a"}, "crn-b"]}, {"srv-a", "crn-b"}, False),
        ("UpdateEnvVarsEvent", {"field": "env_vars"}, set(), True),
        ("UpdateEnvVarsEvent", {"env_group": "evg-a"}, set(), False),
        ("ApplyBlueprintEvent", {"blueprint": "exs-a"}, set(), True),
        ("BulkUpdateEnvVarsEvent", {}, set(), True),
        ("UpdateSecretFilesEvent", {}, set(), True),
        ("ViewEnvVarValuesEvent", {"service": "srv-a"}, set(), False),
        ("LoginEvent", {}, set(), False),
    ],
)
def test_an_entry_names_services_wherever_they_stand(
    event: str,
    metadata: dict[str, object],
    touched: set[str],
    is_vague: bool,  # noqa: FBT001 — a table
) -> None:
    entry = AuditEntryPayload.model_validate(
        {
            "id": "aud-1",
            "timestamp": "2026-11-24T08:00:00Z",
            "event": event,
            "status": "success",
            "actor": {"type": "user"},
            "metadata": metadata,
        }
    )
    assert (set(entry.touched), entry.is_vague) == (touched, is_vague)
