"""What the meter sends of its own accord: pushes over networks and on the line of an association, and events."""
