"""Exceptions. Every one is an :class:`EtimsError` and carries a stable ``code``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple, Optional


class Violation(NamedTuple):
    """One broken rule of a document.

    Attributes:
        code: Stable code of the rule, such as ``ETIMS-LINE-QTY-01``.
        path: Where in the document, such as ``lines[0].discount.percent``; empty for the whole.
        message: What is wrong, with the value found.
        severity: ``error`` stops the document, ``warning`` does not.
        fix: What to do about it.
        kra: KRA's own text for the same fault, where one is known.
    """

    code: str
    path: str
    message: str
    severity: str
    fix: str
    kra: Optional[str]

    def __str__(self) -> str:
        return f"{self.code} {self.path or 'document'}: {self.message} {self.fix}"


class EtimsError(Exception):
    """Base of every error of this package.

    Attributes:
        code: Stable code; ``docs/errors.md`` explains each.
        kind: What it is about; one class stands for each kind.
    """

    kind: ClassVar[str] = "internal"
    code: str

    def __init__(self, message: str, *, code: str = "", violations: Sequence[Violation] = ()) -> None:
        super().__init__(message)
        self.code = code or self.kind
        self.violations: list[Violation] = list(violations)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (type(self), self.args[0], self.code, self.violations)


class ValidationError(EtimsError, ValueError):
    """The document breaks rules; nothing was sent. ``violations`` lists all of them."""

    kind = "validation"


class MisuseError(EtimsError, ValueError):
    """The call itself is wrong: an argument nobody can use."""

    kind = "misuse"


KINDS: dict[str, type[EtimsError]] = {cls.kind: cls for cls in (ValidationError, MisuseError)}


def _rebuilt(cls: type[EtimsError], message: str, code: str, violations: list[Violation]) -> EtimsError:
    return cls(message, code=code, violations=violations)


def _error_of(kind: str, code: str, message: str, violations: list[Violation]) -> EtimsError:
    """What the compiled half raises."""
    return KINDS[kind](message, code=code, violations=violations)
