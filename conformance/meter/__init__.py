"""The embedded meter: server state machines, object model, defects."""
