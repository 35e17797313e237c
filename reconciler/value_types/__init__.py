"""What a value has to look like: the types of `services.yaml`, one module for each family."""

from reconciler.value_types.inference import infer
from reconciler.value_types.registry import OPTION_NAMES, TYPE_NAMES, check, check_options, is_credential

__all__ = ["OPTION_NAMES", "TYPE_NAMES", "check", "check_options", "infer", "is_credential"]
