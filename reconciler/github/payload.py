"""What is sent to GitHub and what comes back, as far as it is used here."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

BODY_LIMIT = 65_536
"""Characters of a comment: what GitHub's own error for a longer one says."""


class Sent(BaseModel):
    """The base of what is sent."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Received(BaseModel):
    """The base of what comes back; GitHub adds members without notice."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class CommentBody(Sent):
    """A comment's text, new or in place of the old one."""

    body: Annotated[str, Field(min_length=1, max_length=BODY_LIMIT)]


class IssueBody(Sent):
    """An issue's title and text, new or in place of the old ones."""

    title: Annotated[str, Field(min_length=1, max_length=256)]
    body: Annotated[str, Field(min_length=1, max_length=BODY_LIMIT)]


class IssueClosing(Sent):
    """An issue's last text; with it, it is closed."""

    body: Annotated[str, Field(min_length=1, max_length=BODY_LIMIT)]
    state: Literal["closed"] = "closed"
    state_reason: Literal["completed"] = "completed"


class Account(Received):
    """A person, an app or a bot; the id stays when the login changes."""

    login: str
    id: int


class Comment(Received):
    """A comment on a pull request, which GitHub keeps as one on an issue."""

    id: int
    node_id: str
    """Its name in GraphQL."""
    body: str | None = None
    user: Account | None
    html_url: str
    created_at: AwareDatetime
    updated_at: AwareDatetime


class Issue(Received):
    """An issue; GitHub lists pull requests among them."""

    number: int
    node_id: str
    """Its name in GraphQL."""
    body: str | None = None
    html_url: str
    pull_request: object = None
    """There where it is a pull request."""


class Pull(Received):
    """A pull request, as far as it takes to find the one that brought a commit."""

    number: int
    merged_at: AwareDatetime | None = None
    merge_commit_sha: str | None = None


class GraphQLRequest(Sent):
    """A request in GraphQL: a text of ours, and names that go beside it."""

    query: str
    variables: dict[str, list[str] | str]


class GraphQLError(Received):
    """One thing that went wrong; the answer's status is 200 all the same."""

    type: str | None = None
    message: str = ""


class GraphQLAnswer(Received):
    """An answer in GraphQL."""

    data: object = None
    errors: tuple[GraphQLError, ...] = ()


class Refusal(Received):
    """The body of an answer that is an error."""

    message: str


class Authorship(Received):
    """Whether a comment is one of ours, and whether it is folded away already."""

    viewer_did_author: Annotated[bool, Field(alias="viewerDidAuthor")]
    is_minimized: Annotated[bool, Field(alias="isMinimized")]


class Authorships(Received):
    """An answer about comments, in the order asked for; nothing stands for one that is gone."""

    nodes: list[Authorship | None]


class IssueAuthor(Received):
    """Whether an issue is one of ours."""

    viewer_did_author: Annotated[bool, Field(alias="viewerDidAuthor")]


class IssueAuthors(Received):
    """An answer about issues, in the order asked for; nothing stands for one that is gone."""

    nodes: list[IssueAuthor | None]


class Anything(Received):
    """An answer that is of no further interest."""


COMMENT = TypeAdapter(Comment)
COMMENTS = TypeAdapter(list[Comment])
ISSUE = TypeAdapter(Issue)
ISSUES = TypeAdapter(list[Issue])
ISSUE_AUTHORS = TypeAdapter(IssueAuthors)
PULLS = TypeAdapter(list[Pull])
GRAPHQL_ANSWER = TypeAdapter(GraphQLAnswer)
AUTHORSHIPS = TypeAdapter(Authorships)
ANYTHING = TypeAdapter(Anything)
REFUSAL = TypeAdapter(Refusal)
