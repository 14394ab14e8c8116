"""The tables of a layout file, as TOML."""

from collections.abc import Mapping, Sequence


def table(kind: str, /, **fields: object) -> str:
    """Return one table of an array of tables."""
    return f"[[{kind}]]\n" + written(fields)


def written(fields: Mapping[str, object]) -> str:
    """Return the lines of a table."""
    return "".join(f"{key} = {_value(value)}\n" for key, value in fields.items())


def _value(value: object) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, Sequence):
        return "[" + ", ".join(_value(each) for each in value) + "]"
    return str(value)
