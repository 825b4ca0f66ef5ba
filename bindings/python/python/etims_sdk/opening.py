"""What ``Device.open`` and ``Checkers.open`` are given, in the form the compiled half takes, and what they give."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Generic, Optional, TypeVar, Union

from . import _native

#: Gives a secret by environment (``sandbox``, ``production``) and name (``app_id``, ``consumer_key``,
#: ``consumer_secret``, ``vault_keys``); None when there is none.
SecretFunction = Callable[[str, str], Optional[str]]
Secrets = Union[Mapping[str, str], SecretFunction]

Native = TypeVar("Native", bound=Union[_native.Device, _native.Checkers])
Entered = TypeVar("Entered", bound="Closing[Any]")


class Opened(Generic[Native]):
    """What was opened with settings: shown without secrets, never pickled."""

    def __init__(self, native: Native, settings: dict[str, Any]) -> None:
        self._native = native
        self._settings = settings

    def __repr__(self) -> str:
        return f"<{type(self).__name__}{_shown(self._settings, self.closed)}>"

    def __reduce__(self) -> Any:
        name = type(self).__name__
        raise TypeError(f"{name} cannot be pickled: call {name}.open in the other process")

    @property
    def closed(self) -> bool:
        """Whether ``close`` was called."""
        return self._native.closed


class Closing(Opened[Native], ABC):
    """Closed at the end of ``with``."""

    def __enter__(self: Entered) -> Entered:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None:
        """May be called twice."""


def begin(
    opened: Union[type[_native.Device], type[_native.Checkers]],
    file: Optional[Union[str, os.PathLike[str]]],
    secrets: Optional[Secrets],
    environ: bool,
    settings: Mapping[str, Any],
) -> _native.Call:
    values: list[tuple[str, str]] = []
    flatten("", settings, values)
    if isinstance(secrets, Mapping):
        secrets = dict(secrets)
    elif secrets is not None and not callable(secrets):
        raise TypeError(f"secrets: a mapping or a function, not {type(secrets).__name__}")
    return opened.open(None if file is None else os.fspath(file), environ, values, secrets)


def flatten(prefix: str, settings: Mapping[str, Any], values: list[tuple[str, str]]) -> None:
    """``{"store": {"path": "shop.db"}}`` as ``store.path``."""
    for key, value in settings.items():
        if isinstance(value, Mapping):
            flatten(f"{prefix}{key}.", value, values)
        elif isinstance(value, bool):
            values.append((prefix + key, "true" if value else "false"))
        elif value is not None:
            values.append((prefix + key, str(value)))


def _shown(settings: Mapping[str, Any], closed: bool) -> str:
    """The settings in a repr, without the PIN in full; secrets are never in the settings."""
    pin = str(settings.get("pin", ""))
    masked = f" {pin[:3]}*****{pin[-2:]}" if len(pin) == 11 else ""
    where = " ".join(str(settings[key]) for key in ("environment", "dialect", "branch") if key in settings)
    return f"{masked}{' ' if where else ''}{where}{' closed' if closed else ''}"
