"""What is said when a device config lacks what a stimulus needs."""

from __future__ import annotations


class NotDeclared(Exception):
    """The device config lacks what a stimulus needs (a key, a title): the item cannot be judged."""
