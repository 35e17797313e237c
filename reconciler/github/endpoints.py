"""The requests that may be sent to GitHub, and which permission of the job each one needs.

https://docs.github.com/en/rest describes them. All are about one repository, whose path stands before the template's.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

Name = str | int


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One request."""

    method: str
    template: str
    """The path below the repository's, with `{}` for each name."""
    what: str
    """What it is about, in words, with `{}` for the first name."""
    permission: str
    """The line below `permissions:` of the job that allows it."""

    def path(self, names: tuple[Name, ...]) -> str:
        """Return the path with its names, each one segment whatever is in it."""
        segments = [quote(str(name), safe="") for name in names]
        if {"", ".", ".."}.intersection(segments):
            message = "a name in a path of GitHub's API is empty or leads elsewhere"
            raise ValueError(message)
        return self.template.format(*segments)

    def described(self, names: tuple[Name, ...]) -> str:
        """Return what a request is about."""
        return self.what.format(*names)


LIST_COMMENTS = Endpoint("GET", "/issues/{}/comments", "the comments of pull request {}", "pull-requests: read")
CREATE_COMMENT = Endpoint("POST", "/issues/{}/comments", "a comment on pull request {}", "pull-requests: write")
UPDATE_COMMENT = Endpoint("PATCH", "/issues/comments/{}", "comment {}", "pull-requests: write")
LIST_PULLS_OF_COMMIT = Endpoint("GET", "/commits/{}/pulls", "the pull requests of commit {}", "pull-requests: read")
GET_PULL = Endpoint("GET", "/pulls/{}", "pull request {}", "pull-requests: read")

LIST_ISSUES = Endpoint("GET", "/issues", "the open issues", "issues: read")
CREATE_ISSUE = Endpoint("POST", "/issues", "a new issue", "issues: write")
UPDATE_ISSUE = Endpoint("PATCH", "/issues/{}", "issue {}", "issues: write")

GRAPHQL_READ = Endpoint("POST", "", "who wrote the comments", "pull-requests: read")
GRAPHQL_MINIMIZE = Endpoint("POST", "", "an older comment, to be folded away", "pull-requests: write")
GRAPHQL_ISSUES = Endpoint("POST", "", "who wrote the issues", "issues: read")

GET_RUN = Endpoint("GET", "/actions/runs/{}", "workflow run {}", "actions: read")
LIST_RUN_APPROVALS = Endpoint("GET", "/actions/runs/{}/approvals", "the approvals of workflow run {}", "actions: read")
GET_COMMIT = Endpoint("GET", "/commits/{}", "commit {}", "contents: read")
COMPARE_COMMITS = Endpoint("GET", "/compare/{}...{}", "the commits after {}", "contents: read")
LIST_COMMITS_OF_PULL = Endpoint("GET", "/pulls/{}/commits", "the commits of pull request {}", "pull-requests: read")
LIST_REVIEWS = Endpoint("GET", "/pulls/{}/reviews", "the reviews of pull request {}", "pull-requests: read")

GRAPHQL_WRITTEN = Endpoint("POST", "", "who wrote and edited the comments", "pull-requests: read")
