"""Writes the dataclasses and typed dicts of the documents from their JSON schema, and those of what KRA tells.

The schemas in docs/schema are written from the Rust types; their own test says when they are stale.

    python generate_models.py           # writes models.py, shapes.py and rows.py of python/etims_sdk
    python generate_models.py --check   # fails when they are stale
"""

from __future__ import annotations

import json
import sys
import textwrap
from pathlib import Path
from typing import Any

import generate_rows
from generate_rows import plain

SCHEMAS = Path(__file__).resolve().parents[2] / "docs" / "schema"
PACKAGE = Path(__file__).parent / "python" / "etims_sdk"
HEADER = '"""{title}\n\nGenerated from the JSON schema by generate_models.py: do not edit.\n"""\n'
Schema = dict[str, Any]
# A repr ends in logs: what tells who the buyer is stays out of it.
PRIVATE = {("Buyer", field) for field in ("pin", "name", "phone", "address")} | {
    ("BuyerId", "number"),
    ("Operator", "name"),
}


def python_name(name: str) -> str:
    return name.removesuffix("Draft")


class Writer:
    """One file: how a schema's types are spelled in it."""

    def __init__(self, classes: dict[str, Schema], words: dict[str, Schema]) -> None:
        self.classes = classes
        self.words = words
        self.texts = {"Pin", "BranchId"}

    def scalar(self, kinds: list[str], schema: Schema) -> str:
        raise NotImplementedError

    def class_name(self, name: str) -> str:
        raise NotImplementedError

    def reference(self, schema: Schema) -> str:
        name = schema["$ref"].rsplit("/", 1)[1]
        if name in self.texts:
            return "str"
        return self.class_name(name) if name in self.classes else python_name(name)

    def type_of(self, schema: Schema) -> tuple[str, bool]:
        """The Python type and whether None is allowed."""
        if "$ref" in schema:
            return self.reference(schema), False
        if "anyOf" in schema:
            parts = [self.type_of(part)[0] for part in schema["anyOf"] if part.get("type") != "null"]
            assert len(parts) == 1, schema
            return parts[0], True
        kinds = [schema["type"]] if isinstance(schema["type"], str) else list(schema["type"])
        nullable = "null" in kinds
        kinds = [kind for kind in kinds if kind != "null"]
        if kinds == ["array"]:
            return f"Sequence[{self.type_of(schema['items'])[0]}]", nullable
        return self.scalar(kinds, schema), nullable


class Dataclasses(Writer):
    def scalar(self, kinds: list[str], schema: Schema) -> str:
        if "number" in kinds:
            return "Decimal"
        if kinds == ["integer"]:
            return "int"
        return {"date": "dt.date", "date-time": "dt.datetime"}.get(schema.get("format", ""), "str")

    def class_name(self, name: str) -> str:
        return python_name(name)

    def file(self) -> str:
        out = [HEADER.format(title="The documents as frozen dataclasses. Plain dicts of the same shape do as well.")]
        out.append("from __future__ import annotations\n")
        out.append(
            "import datetime as dt\nfrom collections.abc import Sequence\nfrom dataclasses import dataclass, field"
        )
        out.append("from decimal import Decimal\nfrom typing import Literal, Optional\n")
        for name, schema in self.words.items():
            words = ", ".join(json.dumps(word["const"]) for word in schema["oneOf"])
            out.append(f"{python_name(name)} = Literal[{words}]")
        for name in sorted(self.classes):
            out.append(self.dataclass(name, self.classes[name]))
        exported = sorted(python_name(name) for name in [*self.words, *self.classes])
        out.append("\n__all__ = [\n" + "".join(f'    "{name}",\n' for name in exported) + "]\n")
        return "\n".join(out)

    def dataclass(self, name: str, schema: Schema) -> str:
        required = schema.get("required", [])
        optional = [field for field in schema["properties"] if field not in required]
        fields, docs = [], []
        for field in [*required, *optional]:
            entry = schema["properties"][field]
            kind, nullable = self.type_of(entry)
            default = ""
            if field not in required:
                default = self.default(entry, nullable, kind)
                kind = f"Optional[{kind}]" if default == " = None" else kind
            if (name, field) in PRIVATE:
                default = f" = field({'default=None, ' if default else ''}repr=False)"
            fields.append(f"    {field}: {kind}{default}")
            docs.append((field, plain(entry.get("description", ""))))
        lines = [
            f"\n\n@dataclass(frozen=True)\nclass {python_name(name)}:",
            f'    """{plain(schema["description"])}',
            "",
        ]
        lines.append("    Attributes:")
        for field, text in docs:
            wrapped = textwrap.wrap(f"{field}: {text}", 100, subsequent_indent="    ")
            lines.extend("        " + line for line in wrapped)
        lines.append('    """\n')
        return "\n".join(lines + fields)

    @staticmethod
    def default(entry: Schema, nullable: bool, kind: str) -> str:
        value = entry.get("default")
        if kind.startswith("Sequence"):
            return " = ()"
        if isinstance(value, str):
            return f" = {json.dumps(value)}"
        return " = None"


class TypedDicts(Writer):
    def scalar(self, kinds: list[str], schema: Schema) -> str:
        if "number" in kinds:
            return "Number"
        if kinds == ["integer"]:
            return "int"
        moment = {"date": "dt.date", "date-time": "dt.datetime"}.get(schema.get("format", ""))
        return f"Union[{moment}, str]" if moment else "str"

    def class_name(self, name: str) -> str:
        return f"Union[{python_name(name)}Dict, models.{python_name(name)}]"

    def file(self) -> str:
        out = [HEADER.format(title="The documents as plain dicts, for type checkers.")]
        out.append("from __future__ import annotations\n")
        out.append("import datetime as dt\nfrom collections.abc import Sequence\nfrom decimal import Decimal")
        out.append("from typing import Optional, TypedDict, Union\n\nfrom . import models")
        imported = ", ".join(sorted(python_name(name) for name in self.words))
        out.append(f"from .models import {imported}\n")
        out.append("# A float is taken with the digits Python shows; Decimal or str say what they mean.")
        out.append("Number = Union[Decimal, int, float, str]")
        for name in sorted(self.classes):
            out.append(self.typed_dict(name, self.classes[name]))
        exported = ["Number", *(f"{python_name(name)}Dict" for name in self.classes)]
        out.append("\n\n__all__ = [\n" + "".join(f'    "{name}",\n' for name in sorted(exported)) + "]\n")
        return "\n".join(out)

    def typed_dict(self, name: str, schema: Schema) -> str:
        required = schema.get("required", [])
        out, base = [], "TypedDict"
        title = f"{python_name(name)}Dict"
        if required:
            base = f"_{title}Required"
            out.append(f"\n\nclass {base}(TypedDict):")
            for field in required:
                out.append(f"    {field}: {self.type_of(schema['properties'][field])[0]}")
        out.append(
            f'\n\nclass {title}({base}, total=False):\n    """The shape of :class:`etims_sdk.{python_name(name)}`."""\n'
        )
        for field, entry in schema["properties"].items():
            if field not in required:
                out.append(f"    {field}: Optional[{self.type_of(entry)[0]}]")
        return "\n".join(out)


def files() -> dict[Path, str]:
    definitions: dict[str, Schema] = {}
    for path in sorted(SCHEMAS.glob("*.schema.json")):
        schema = json.loads(path.read_text())
        definitions |= {**schema["$defs"], schema["title"]: schema}
    classes = {name: part for name, part in definitions.items() if part.get("type") == "object"}
    words = {name: part for name, part in definitions.items() if "oneOf" in part}
    return {
        PACKAGE / "models.py": Dataclasses(classes, words).file(),
        PACKAGE / "shapes.py": TypedDicts(classes, words).file(),
        PACKAGE / "rows.py": generate_rows.file(),
    }


def main() -> int:
    stale = [path for path, text in files().items() if not path.exists() or path.read_text() != text]
    if "--check" in sys.argv:
        print("\n".join(f"{path} is stale: run generate_models.py" for path in stale) or "models are up to date")
        return 1 if stale else 0
    for path in stale:
        path.write_text(files()[path])
        print(f"wrote {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
