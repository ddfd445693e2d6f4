"""Connecting messaging platforms, and looking whether everything that is switched on works."""
