"""Pure verbs that turn desired and live state into a plan, and an approved plan into steps; no I/O, no clock."""
