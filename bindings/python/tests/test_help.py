"""What `help()` and an editor show."""

from __future__ import annotations

import ast
import inspect
import pydoc
from pathlib import Path

import etims_sdk
from etims_sdk import _native

STUB = Path(_native.__file__ or "").parent / "_native.pyi"


def public_members(cls: type) -> list[tuple[str, object]]:
    return [(name, member) for name, member in vars(cls).items() if not name.startswith("_")]


def test_everything_public_is_documented() -> None:
    missing = []
    for name in etims_sdk.__all__:
        thing = getattr(etims_sdk, name)
        if name != "__version__" and not inspect.getdoc(thing):
            missing.append(name)
        if inspect.isclass(thing) and not issubclass(thing, tuple):
            missing += [
                f"{name}.{member}"
                for member, value in public_members(thing)
                if (callable(value) or isinstance(value, property)) and not getattr(value, "__doc__", None)
            ]
    assert missing == []


def test_help_says_types_units_and_errors() -> None:
    shown = pydoc.plain(pydoc.render_doc(etims_sdk.compute))
    for part in ("document: 'AnyDocument'", "-> 'dict[str, Any]'", "Decimal", "KES", "ValidationError", "number (int)"):
        assert part in shown, part
    issue = pydoc.plain(pydoc.render_doc(etims_sdk.Device.issue))
    for part in ("timeout: 'Optional[float]'", "Seconds", "RefusedError", "-> 'Submission'"):
        assert part in issue, part
    assert inspect.getdoc(etims_sdk.AsyncDevice.issue) == inspect.getdoc(etims_sdk.Device.issue)
    for cls, parts in ((etims_sdk.Line, ("Decimal", "in the document's currency")), (etims_sdk.Item, ("shillings",))):
        shown = pydoc.plain(pydoc.render_doc(cls))
        assert all(part in shown for part in parts), cls


def test_editors_show_what_help_shows() -> None:
    """The stub of the compiled half repeats the docstrings of the classes that callers meet."""
    classes = {node.name: node for node in ast.parse(STUB.read_text()).body if isinstance(node, ast.ClassDef)}
    for cls in (_native.Receipt, _native.Ticket):
        node = classes[cls.__name__]
        assert ast.get_docstring(node) == inspect.getdoc(cls)
        for member in node.body:
            if isinstance(member, ast.FunctionDef):
                assert ast.get_docstring(member) == inspect.getdoc(getattr(cls, member.name)), member.name
