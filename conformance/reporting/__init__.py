"""Views of the run record: nothing here decides a verdict."""
