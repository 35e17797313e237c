"""The secret stores of one run: every reference goes to the store of its scheme, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.config.reference import OWN_KEYS
from reconciler.domain.unresolved import Unresolved
from reconciler.domain.value import Secret
from reconciler.secrets.folder import Folder
from reconciler.secrets.schemes import open_store
from reconciler.secrets.store import Surroundings, UnresolvedError
from reconciler.workflows.together import all_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from reconciler.domain.definition import SecretRef
    from reconciler.errors import Problem
    from reconciler.secrets.store import Answer, Store

SHORTEST_KEY = 12


class SecretStores:
    """Fetches each distinct reference once in its lifetime: one for the plan, a new one for the apply.

    Paths are relative to `folder`, that of `services.yaml`. `own_keys` are variables beside reconcile's own that no
    service may have: those that environments name as their `api_key`. Neither their names nor what they hold is
    handed out, wherever it was found.
    """

    def __init__(
        self,
        folder: Path,
        environ: Mapping[str, str],
        *,
        allow_outside: bool = False,
        own_keys: Collection[str] = (),
    ) -> None:
        own = OWN_KEYS | frozenset(own_keys)
        self._own_values = {
            name: Secret(environ[name].strip()) for name in sorted(own) if environ.get(name, "").strip()
        }
        self._surroundings = Surroundings(Folder(folder, allow_outside=allow_outside), environ, own)
        self._stores: dict[str, Store] = {}
        self._fetched: dict[SecretRef, Secret | Problem] = {}

    async def resolve(self, references: Sequence[SecretRef]) -> Mapping[SecretRef, Secret | Problem]:
        """Fetch each distinct reference once; what could not be had comes back as a problem without a location.

        The stores are asked at the same time, each once with all of its references.
        """
        new: dict[str, list[SecretRef]] = {}
        for reference in dict.fromkeys(references):
            if reference not in self._fetched:
                new.setdefault(reference.scheme, []).append(reference)
        for answers in await all_of(self._ask(scheme, wanted) for scheme, wanted in new.items()):
            for reference, answer in answers.items():
                self._fetched[reference] = self._settled(reference, answer)
        return {reference: self._fetched[reference] for reference in references}

    async def _ask(self, scheme: str, references: Sequence[SecretRef]) -> Mapping[SecretRef, Answer]:
        try:
            if scheme not in self._stores:
                self._stores[scheme] = open_store(scheme, self._surroundings)
            return await self._stores[scheme].fetch(references)
        except UnresolvedError as error:
            return dict.fromkeys(references, error)

    def _settled(self, reference: SecretRef, answer: Answer) -> Secret | Problem:
        if isinstance(answer, Secret):
            try:
                self._check_not_own(answer)
            except UnresolvedError as error:
                answer = error
        if isinstance(answer, Secret):
            return answer
        return Unresolved(f"{reference}: {answer}", cause=answer.cause)

    def _check_not_own(self, value: Secret) -> None:
        text = value.reveal()
        for name, own in self._own_values.items():
            # Within longer text a key is known by its length: a short one would be found everywhere.
            if text.strip() == own.reveal() or (len(own.reveal()) >= SHORTEST_KEY and own.reveal() in text):
                raise UnresolvedError(
                    f"the value is, or holds, that of {name}, which is reconcile's own key and must not be given to a "
                    "service; refer to another secret"
                )
