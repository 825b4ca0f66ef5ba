"""Exceptions. Every one is an :class:`EtimsError` with a stable ``code`` and what to do next.

There is one class for each kind of error; ``docs/errors.md`` lists the codes.
"""

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
        kind: What went wrong, roughly; one class stands for each kind.
        code: Stable code of the error table, such as ``REFUSED``.
        retryable: Whether the same call may succeed later without a change.
        next_step: What to do.
        delivery: Whether KRA may have acted: ``not_sent``, ``maybe_delivered`` or ``answered``.
        violations: Everything that is wrong with a document; empty for other errors.
    """

    kind: ClassVar[str] = ""

    def __init__(
        self,
        message: str,
        *,
        code: str,
        retryable: bool = False,
        next_step: str = "",
        delivery: str = "not_sent",
        violations: Sequence[Violation] = (),
    ) -> None:
        super().__init__(message)
        self.code = code
        self.retryable = retryable
        self.next_step = next_step
        self.delivery = delivery
        self.violations = list(violations)

    def __reduce__(self) -> tuple[Any, ...]:
        # Exceptions cross process borders (multiprocessing); keyword arguments would be lost.
        return _rebuilt, (type(self), str(self), dict(self.__dict__))


class ValidationError(EtimsError, ValueError):
    """The document breaks rules; nothing was stored or sent. ``violations`` lists all of them."""

    kind = "validation"


class RefusedError(EtimsError):
    """KRA said no."""

    kind = "refused"


class DeviceError(EtimsError):
    """The device: initialisation, its key, KRA's view of it."""

    kind = "device"


class NumberingError(EtimsError):
    """Numbers: somebody else writes on the device, or the books differ."""

    kind = "numbering"


class TransportError(EtimsError):
    """The way to KRA: network, time, tokens, limits."""

    kind = "transport"


class StoreError(EtimsError):
    """The store on disk."""

    kind = "store"


class ConfigError(EtimsError, ValueError):
    """Settings and secrets."""

    kind = "config"


class MisuseError(EtimsError, ValueError):
    """A call that cannot be right as it was made."""

    kind = "misuse"


class InternalError(EtimsError):
    """A fault of the SDK's own. No document is lost by it."""

    kind = "internal"


#: The class of each kind.
KINDS: dict[str, type[EtimsError]] = {cls.kind: cls for cls in EtimsError.__subclasses__()}


def _rebuilt(cls: type[EtimsError], message: str, state: dict[str, Any]) -> EtimsError:
    error = cls(message, code=state["code"])
    error.__dict__.update(state)
    return error


def error_of(
    kind: str,
    code: str,
    message: str,
    retryable: bool,
    next_step: str,
    delivery: str,
    violations: list[Violation],
) -> EtimsError:
    """What the compiled half raises."""
    return KINDS[kind](
        message, code=code, retryable=retryable, next_step=next_step, delivery=delivery, violations=violations
    )
