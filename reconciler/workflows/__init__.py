"""One module per command: each is handed ports, puts the core's verbs in order, and returns data."""
