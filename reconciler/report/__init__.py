"""Turns what the workflows return into text, JSON or Markdown; pure functions, data in and text out."""
