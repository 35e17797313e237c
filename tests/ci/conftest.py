"""The project of the stories, for the action's own tests."""

from tests.stories.conftest import project, scenario

__all__ = ["project", "scenario"]
