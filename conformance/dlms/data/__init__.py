"""COSEM data values and their A-XDR encoding."""
