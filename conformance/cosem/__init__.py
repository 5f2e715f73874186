"""What meters hold: logical names, interface classes, companion profiles."""
