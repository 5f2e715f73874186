"""From a file to a conversation: what was said, by whom, when, and where in the file it stands."""
