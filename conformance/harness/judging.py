"""How a test function ends other than well; each carries its reason."""

from __future__ import annotations

from _pytest.outcomes import Skipped  # pytest.skip.Exception, under the name that a type checker knows


class Failed(AssertionError):
    """The meter did not do what the standard requires."""


class Inconclusive(Exception):
    """It could not be judged: the preamble failed, or the meter holds too little data."""


class Inapplicable(Skipped):
    """A fact learnt from the meter rules the subtest out."""


class NothingJudged(Exception):
    """The test function ended without having judged anything: a fault of the suite."""


class Withheld(Skipped):
    """The subtest is more intrusive than the lab permits."""


class ToolFault(Exception):
    """The tester itself failed; what the plugins beside ours are told of it, without secrets."""
