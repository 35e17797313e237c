"""YAML text to nodes: the parser's events, one by one, within bounds that no file of a person reaches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml
from yaml._yaml import CParser
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from reconciler.config.node import MappingNode, SequenceNode, resolve
from reconciler.config.problems import fatal
from reconciler.config.syntax import syntax_error
from reconciler.config.text import check_text

if TYPE_CHECKING:
    from yaml.events import Event

    from reconciler.config.node import Node, Place
    from reconciler.config.problems import Problems

DEPTH = 64
"""Levels of nesting; the language itself needs ten, a JSON schema of a value some more."""

REPEATED = 250_000
"""Items that aliases may add; ten lines of nested aliases would otherwise stand for billions."""


@dataclass(frozen=True, slots=True)
class Form:
    """What differs between the YAML files that are read."""

    empty: str = "is empty; start with `version: 1`, `environments:` and `services:`"
    """What is said of a file that holds nothing."""
    no_mapping: str = "the file must be a mapping that starts with `version: 1`, not a list or a text"
    """What is said of a file whose top is no mapping."""
    merge_keys: bool = False
    """Whether `<<` is a key like any other, for the reader to make sense of."""


SERVICES = Form()
"""`services.yaml`."""


def parse(text: str, problems: Problems, form: Form = SERVICES) -> MappingNode:
    """Read one YAML document whose top is a mapping.

    What leaves the tree readable (duplicate keys, tags, …) is added to the problems; what does not is raised.
    """
    check_text(text, problems.file)
    parser = CParser(text)
    try:
        return _Tree(parser, problems, form).read()
    except yaml.YAMLError as error:
        raise syntax_error(error, text, problems.file) from None
    finally:
        parser.dispose()


class _Frame:
    """One open collection."""

    __slots__ = ("anchor", "counted", "key", "key_place", "node", "open_key")

    def __init__(self, node: MappingNode | SequenceNode, anchor: str | None, counted: int) -> None:
        self.node = node
        self.anchor = anchor
        self.counted = counted
        self.open_key = False
        """Whether a key waits for its value."""
        self.key: str | None = None
        """The key that waits; `None` where its pair is dropped because the key is wrong."""
        self.key_place: Place = node.place


class _Tree:
    """Builds the nodes; a stack instead of recursion, so that depth is a number and not a crash."""

    def __init__(self, parser: CParser, problems: Problems, form: Form) -> None:
        self._parser = parser
        self._problems = problems
        self._form = form
        self._stack: list[_Frame] = []
        self._root: Node = None
        self._root_place: Place | None = None
        self._anchors: dict[str, tuple[Node, str | None, int] | None] = {}
        """Node, raw text and expanded size; `None` while the node is still open."""
        self._counted = 0
        self._repeated = 0

    def read(self) -> MappingNode:
        # Events come by the hundred thousand: the most frequent one is asked for first.
        get_event = self._parser.get_event
        documents = 0
        while True:
            event = get_event()
            if isinstance(event, ScalarEvent):
                self._scalar(event)
            elif isinstance(event, MappingStartEvent):
                self._open(event, MappingNode)
            elif isinstance(event, SequenceStartEvent):
                self._open(event, SequenceNode)
            elif isinstance(event, MappingEndEvent | SequenceEndEvent):
                self._close()
            elif isinstance(event, AliasEvent):
                self._alias(event)
            elif isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self._fatal(event, "a second document; the file holds one, so remove the `---`")
            elif isinstance(event, StreamEndEvent):
                return self._top()

    def _top(self) -> MappingNode:
        if self._root_place is None or (self._root is None and not self._problems):
            raise fatal(self._problems.file, (1, 1), self._form.empty)
        if not isinstance(self._root, MappingNode):
            raise fatal(self._problems.file, self._root_place, self._form.no_mapping)
        return self._root

    def _scalar(self, event: ScalarEvent) -> None:
        place = _place(event)
        text = event.value
        self._counted += 1
        if event.tag is not None:
            self._tag(place)
        plain = event.implicit[0]
        frame = self._stack[-1] if self._stack else None
        if frame is not None and frame.node.__class__ is MappingNode and not frame.open_key:
            self._key(frame, text, place, plain=plain)
            if event.anchor is not None:
                self._anchors[event.anchor] = (text, None, 1)
            return
        value = resolve(text) if plain else text
        raw = None if value.__class__ is str else text
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, raw, 1)
        self._put(value, raw, place)

    def _key(self, frame: _Frame, key: str, place: Place, *, plain: bool) -> None:
        node = frame.node
        frame.open_key, frame.key, frame.key_place = True, key, place
        if key in node and isinstance(node, MappingNode):
            line = node.key_places[key][0]
            self._problems.add(place, f"`{key}` is given twice, first in line {line}; keep one of them")
            frame.key = None
        elif plain and key == "<<" and not self._form.merge_keys:
            message = "merge keys (`<<`) are not read; repeat the keys, or say them once under the top `variables:`"
            self._problems.add(place, message)
            frame.key = None

    def _put(self, value: Node, raw: str | None, place: Place) -> None:
        """Hand a complete or just opened value to the collection that it stands in."""
        if not self._stack:
            self._root, self._root_place = value, place
            return
        frame = self._stack[-1]
        node = frame.node
        if isinstance(node, MappingNode):
            frame.open_key = False
            key = frame.key
            if key is None:
                return
            node[key] = value
            node.key_places[key] = frame.key_place
            node.value_places[key] = place
            if raw is not None:
                node.raw[key] = raw
        else:
            if raw is not None:
                node.raw[len(node)] = raw
            node.append(value)
            node.places.append(place)

    def _open(self, event: MappingStartEvent | SequenceStartEvent, make: type[MappingNode | SequenceNode]) -> None:
        place = _place(event)
        if len(self._stack) >= DEPTH:
            raise self._fatal(event, f"nested more than {DEPTH} levels deep; nothing in this file needs so many")
        if event.tag is not None:
            self._tag(place)
        node = make(place)
        if self._stack and isinstance(self._stack[-1].node, MappingNode) and not self._stack[-1].open_key:
            self._not_a_key(place)
            self._stack[-1].open_key, self._stack[-1].key = True, None
        else:
            self._put(node, None, place)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        self._stack.append(_Frame(node, event.anchor, self._counted))
        self._counted += 1

    def _close(self) -> None:
        frame = self._stack.pop()
        if frame.anchor is not None:
            self._anchors[frame.anchor] = (frame.node, None, self._counted - frame.counted)

    def _alias(self, event: AliasEvent) -> None:
        name = event.anchor
        if name not in self._anchors:
            raise self._fatal(
                event,
                "`*` repeats what is marked with `&` above, and nothing is; quote a text that starts with `*`",
            )
        anchored = self._anchors[name]
        if anchored is None:
            raise self._fatal(event, "an alias (`*`) stands within the very thing that it repeats; write it out")
        value, raw, size = anchored
        self._counted += size
        self._repeated += size
        if self._repeated > REPEATED:
            raise self._fatal(event, f"aliases repeat more than {REPEATED:,} items; write fewer, or use `variables:`")
        place = _place(event)
        if self._stack and isinstance(self._stack[-1].node, MappingNode) and not self._stack[-1].open_key:
            self._not_a_key(place)
            self._stack[-1].open_key, self._stack[-1].key = True, None
            return
        self._put(value, raw, place)

    def _tag(self, place: Place) -> None:
        self._problems.add(place, "tags (`!…`) are not read; remove it, and quote the value where it is text")

    def _not_a_key(self, place: Place) -> None:
        message = "a key must be plain text; is this a value in braces that needs quotes, or a missing key?"
        self._problems.add(place, message)

    def _fatal(self, event: Event, message: str) -> Exception:
        return fatal(self._problems.file, _place(event), message)


def _place(event: Event) -> Place:
    mark: Any = event.start_mark
    return (mark.line + 1, mark.column + 1)
