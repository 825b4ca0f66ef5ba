"""One table of errors, one class for each kind."""

from __future__ import annotations

import pickle

import pytest

import etims_sdk
from etims_sdk import _native, errors


def test_there_is_a_class_for_every_kind() -> None:
    assert set(errors.KINDS) == set(_native.error_kinds())
    for kind, cls in errors.KINDS.items():
        assert cls.kind == kind
        assert cls.__doc__
        assert getattr(etims_sdk, cls.__name__) is cls


@pytest.mark.parametrize("row", _native.error_codes(), ids=lambda row: row[0])
def test_every_code_has_a_class_and_a_next_step(row: tuple[str, str, bool, str, str]) -> None:
    code, kind, retryable, sentence, next_step = row
    error = errors.error_of(kind, code, sentence, retryable, next_step, "not_sent", [])
    assert type(error) is errors.KINDS[kind]
    assert (error.code, error.retryable, error.next_step) == (code, retryable, next_step)
    assert next_step


def test_what_callers_may_catch() -> None:
    assert {cls for cls in errors.KINDS.values() if issubclass(cls, ValueError)} == {
        errors.ValidationError,
        errors.MisuseError,
        errors.ConfigError,
    }
    assert all(issubclass(cls, etims_sdk.EtimsError) for cls in errors.KINDS.values())


def test_an_error_crosses_process_borders_whole() -> None:
    with pytest.raises(etims_sdk.ValidationError) as caught:
        etims_sdk.compute({})
    error = pickle.loads(pickle.dumps(caught.value))
    assert type(error) is etims_sdk.ValidationError
    assert error.violations == caught.value.violations
    assert (str(error), error.code) == (str(caught.value), "INVALID_DOCUMENT")
