"""What a run leaves behind: its record, its journal and its frame log, with secrets redacted."""
