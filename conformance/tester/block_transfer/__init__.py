"""General block transfer on the client's side."""
