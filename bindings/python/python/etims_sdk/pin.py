"""The form of a KRA PIN."""

from __future__ import annotations

from typing import NamedTuple, Optional

from . import _native


class PinCheck(NamedTuple):
    """What can be said of a PIN without asking KRA. True when the text is a PIN.

    Attributes:
        pin: The PIN in capitals, without blanks; None when the text is none.
        error: Why the text is no PIN; None when it is one.
        warnings: What is odd about it. The rules behind are unofficial: a reason to look, never to refuse.
    """

    pin: Optional[str]
    error: Optional[str]
    warnings: tuple[str, ...]

    def __bool__(self) -> bool:
        return self.pin is not None

    def __repr__(self) -> str:
        # The PIN of a person is personal data, and a repr ends in logs.
        masked = f"{self.pin[:3]}*****{self.pin[-2:]}" if self.pin else None
        return f"PinCheck(pin={masked!r}, error={self.error!r}, warnings={self.warnings!r})"


def check_pin(text: str) -> PinCheck:
    """Looks at the form of a PIN: a letter, nine digits, a letter. Blanks and small letters are forgiven.

    >>> check_pin("p000070007r").pin
    'P000070007R'
    >>> check_pin("P00007").error
    'a PIN has 11 characters (a letter, nine digits, a letter), this has 6: check for missing or extra ones'
    """
    pin, error, warnings = _native.check_pin(text)
    return PinCheck(pin, error, tuple(warnings))
