"""What may go wrong with a target; one line, what to do, and never a secret."""

from __future__ import annotations


class PushError(Exception):
    """The target cannot be reached, does not want us, or answers nonsense. What was pushed before stays pushed.

    taken: of several things that went together, how many of the first it has.
    """

    def __init__(self, says: str, taken: int = 0) -> None:
        super().__init__(says)
        self.taken = taken


class RefusedError(PushError):
    """The target understood and said no to this request (4xx): another one may be taken."""
