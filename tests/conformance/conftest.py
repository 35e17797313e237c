"""The project of the stories, for what they send and are answered."""

from tests.stories.conftest import project, scenario

__all__ = ["project", "scenario"]
