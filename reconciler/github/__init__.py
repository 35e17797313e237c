"""The client of GitHub's API: comments, what approvals are judged by, and what a job of Actions is told of itself."""

from reconciler.github.approval_reader import ApprovalReader
from reconciler.github.connection import GitHubConnection
from reconciler.github.environment import ActionsEnvironment, github_token

__all__ = ["ActionsEnvironment", "ApprovalReader", "GitHubConnection", "github_token"]
