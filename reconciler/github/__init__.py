"""The client of GitHub's API: comments on pull requests, and what a job of Actions is told of itself."""

from reconciler.github.connection import GitHubConnection
from reconciler.github.environment import ActionsEnvironment, github_token

__all__ = ["ActionsEnvironment", "GitHubConnection", "github_token"]
