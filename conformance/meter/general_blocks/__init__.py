"""General block transfer on the server's side."""
