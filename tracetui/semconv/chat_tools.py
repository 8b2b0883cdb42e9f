"""Tools that were offered to the model, in any provider's form → `ToolDefinition`s."""

from __future__ import annotations

from tracetui.model import Json, ToolDefinition
from tracetui.semconv.json_text import opened

Dict = dict[str, Json]

_LISTS = ("tools", "functions", "functionDeclarations", "function_declarations", "function_tools", "available_tools")
_HOLDERS = ("function", "custom", "toolSpec", "tool", "json_schema", "tool.json_schema")
_SCHEMAS = (
    "parameters", "input_schema", "inputSchema", "parameters_json_schema", "parametersJsonSchema", "schema", "args",
    "arguments_schema",
)  # fmt: skip
_KNOWN = frozenset({"type", "name", "description", *_SCHEMAS})
_DEEPEST = 4


def parse_tools(value: Json) -> tuple[ToolDefinition, ...]:
    """Every tool in a list, an object of tools by name, a request body, or JSON text of one of these.

    What is no tool becomes a definition without a name, whose `parameters` are the value: nothing is dropped.
    """
    return tuple(_tools(value, _DEEPEST))


def _tools(value: Json, deeper: int) -> list[ToolDefinition]:
    value = opened(value)
    if value is None or value in ([], {}, ""):
        return []
    if isinstance(value, str):
        return [ToolDefinition(value)]
    if isinstance(value, list):
        return (
            [tool for item in value for tool in _tools(item, deeper - 1)]
            if deeper
            else [ToolDefinition("", None, value)]
        )
    if not isinstance(value, dict):
        return [ToolDefinition("", None, value)]
    return _from_object(value, deeper)


def _from_object(value: Dict, deeper: int) -> list[ToolDefinition]:
    holder = next((key for key in _HOLDERS if isinstance(opened(value.get(key)), dict)), None)
    if isinstance(value.get("name"), str) and holder is None:
        return [_definition(value["name"], value)]
    if holder is not None and deeper:
        inner = opened(value[holder])
        if isinstance(inner.get("name"), str) or holder in ("tool", "json_schema", "tool.json_schema"):
            return _from_object(inner, deeper - 1)
    for key in _LISTS:
        if isinstance(value.get(key), list | dict) and deeper:
            return [tool for name in _LISTS if value.get(name) for tool in _tools(value[name], deeper - 1)]
    kind = value.get("type")
    if isinstance(kind, str):
        return [_definition(kind, value)]
    if deeper and all(isinstance(item, dict) for item in value.values()):
        return _by_name(value)
    return [ToolDefinition("", None, value)]


def _by_name(value: Dict) -> list[ToolDefinition]:
    """`{"search": {"description", "parameters"}}`; Gemini's `{"googleSearch": {}}` is a tool without any."""
    return [_definition(name, item) for name, item in value.items()]


def _definition(name: str, value: Dict) -> ToolDefinition:
    description = value.get("description")
    schema = next((value[key] for key in _SCHEMAS if value.get(key) is not None), None)
    schema = opened(schema)
    if isinstance(schema, dict) and schema.keys() == {"json"}:
        schema = schema["json"]
    if schema is None:
        rest = {key: item for key, item in value.items() if key not in _KNOWN and item is not None}
        schema = rest or None
    return ToolDefinition(name, description if isinstance(description, str) else None, schema)
