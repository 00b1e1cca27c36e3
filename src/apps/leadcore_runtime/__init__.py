"""Everything the apps share: settings, plugins, wiring, and the async runners that perform what the core asks for."""
