"""From what was seen of a service to what may be the cause: pure, and never a guess told as a fact."""

from reconciler.diagnosis.case import Case, Neighbour
from reconciler.diagnosis.judging import diagnosis_of
from reconciler.diagnosis.standing import standing_of, story_of
from reconciler.diagnosis.symptoms import Logged, sightings_of

__all__ = ["Case", "Logged", "Neighbour", "diagnosis_of", "sightings_of", "standing_of", "story_of"]
