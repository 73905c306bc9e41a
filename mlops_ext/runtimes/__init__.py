"""Where pipelines run: one folder a runtime."""
