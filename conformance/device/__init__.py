"""The device config: what a meter claims to be, how it is reached, and where its secrets are."""
