"""From an exchange to findings: what went wrong, where in the octets, what to change."""
