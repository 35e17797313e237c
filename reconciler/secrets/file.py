"""`file://PATH[?trim=false]`: a whole file, relative to the folder of `services.yaml`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.secrets.batch import one_by_one
from reconciler.secrets.store import UnresolvedError, check_parameters, check_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.domain.definition import SecretRef
    from reconciler.domain.value import Secret
    from reconciler.secrets.folder import Folder
    from reconciler.secrets.store import Answer, Surroundings


def open_store(surroundings: Surroundings) -> FileStore:
    """Return the store of the files beside `services.yaml`."""
    return FileStore(surroundings.folder)


class FileStore:
    """Reads files byte for byte, but for the one newline that editors put at the end."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    async def fetch(self, references: Sequence[SecretRef]) -> Mapping[SecretRef, Answer]:
        """Answer each reference with its file's text."""
        return one_by_one(references, self._text)

    def _text(self, reference: SecretRef) -> Secret:
        check_parameters(reference, ("trim",))
        if reference.pointer is not None:
            raise UnresolvedError("`file` takes no `#/pointer`; the whole file is the secret")
        trim = dict(reference.parameters).get("trim", "true")
        if trim not in {"true", "false"}:
            raise UnresolvedError("`trim` is `true` or `false`")
        text = self._folder.read_text(reference.path)
        return check_text(_without_newline(text) if trim == "true" else text)


def _without_newline(text: str) -> str:
    """Return the text without one newline at its end; CR LF is one, so that no lone CR stays behind."""
    return text[:-2] if text.endswith("\r\n") else text.removesuffix("\n")
