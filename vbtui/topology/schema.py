"""The JSON Schema of topology files, for editors.

Decided here: how the model looks to a validator of draft 7, which the YAML language server reads. In: the model.
Out: a dict. Never here: a rule that the model does not have; references and addresses are beyond a schema.
"""

from __future__ import annotations

from typing import Any

from vbtui.topology.model import Topology
from vbtui.topology.part import Part


def json_schema() -> dict[str, Any]:
    """The schema of a whole file, valid under draft 7: the same on every call, and free to change for the caller."""
    return json_schema_of(Topology)


def json_schema_of(model: type[Part]) -> dict[str, Any]:
    """The same for another kind of file, such as a scene."""
    schema = _draft_7(model.model_json_schema(by_alias=True, mode="validation"))
    return {"$schema": "http://json-schema.org/draft-07/schema#", **schema}


def _draft_7(part: Any) -> Any:
    """pydantic writes draft 2020-12; what this model uses differs only in the name of `$defs` and beside `$ref`."""
    if isinstance(part, list):
        return [_draft_7(item) for item in part]
    if not isinstance(part, dict):
        return part.replace("#/$defs/", "#/definitions/") if isinstance(part, str) else part
    new = {("definitions" if key == "$defs" else key): _draft_7(value) for key, value in part.items()}
    if "$ref" in new and len(new) > 1:  # draft 7 ignores everything beside a $ref
        new["allOf"] = [{"$ref": new.pop("$ref")}]
    return new
