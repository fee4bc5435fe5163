"""Programs for those who work on the project: generated pages, the demonstration."""
