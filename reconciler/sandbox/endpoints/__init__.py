"""What the sandbox answers: one module per part of Render's API, each with its table of routes."""
