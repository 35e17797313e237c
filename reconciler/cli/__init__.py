"""The command line: each command parses, calls one workflow, reports, and exits with a code that means something."""
