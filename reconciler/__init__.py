"""Keep the environment variables and secrets of services on Render the way `services.yaml` says."""

__version__ = "0.1.0"
