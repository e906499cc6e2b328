"""What the SARIF 2.1.0 specification (OASIS) asks of the objects that we write, as a JSON Schema.

The official schema is in no package that a test could install, so this one says what the specification says, for our
objects only and stricter where we are: nothing else may be written. That the names are those of the official schema is
proved by classes that were made from it (sarif-om); sections are those of the specification.
"""

from __future__ import annotations

from typing import Any, Final


def _object(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": required | optional,
        "required": sorted(required),
        "additionalProperties": False,
    }


def _list(item: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": item} | more


TEXT: Final = {"type": "string", "minLength": 1}
LEVEL: Final = {"enum": ["none", "note", "warning", "error"]}  # 3.27.10
LANGUAGE: Final = {"type": "string", "pattern": "^[a-z]{2}(-[A-Z]{2})?$"}  # 3.14.7
# 3.11: a message has a text; braces that are no placeholder are doubled (3.11.5)
MESSAGE: Final = _object({"text": TEXT | {"pattern": r"^([^{}]|\{\{|\}\})*$"}})
MULTIFORMAT: Final = _object({"text": TEXT})  # 3.12
POSITIVE: Final = {"type": "integer", "minimum": 1}
REGION: Final = _object({"startLine": POSITIVE, "startColumn": POSITIVE})  # 3.30.5, 3.30.6
# 3.4: an address, relative to a base or absolute
ARTIFACT: Final = {
    "oneOf": [
        _object(
            {
                "uri": TEXT | {"format": "uri-reference", "pattern": "^(?![a-z]+:|/|\\.\\./)[^\\\\ ]+$"},
                "uriBaseId": {"const": "%SRCROOT%"},
            }
        ),
        _object({"uri": TEXT | {"format": "uri", "pattern": "^file:///[^\\\\ ]*$"}}),
    ]
}
PHYSICAL: Final = _object({"artifactLocation": ARTIFACT, "region": REGION})  # 3.29
LOCATION: Final = _object(
    {"physicalLocation": PHYSICAL}, logicalLocations=_list(_object({"fullyQualifiedName": TEXT}), minItems=1)
)  # 3.28
RELATED: Final = _object(
    {"id": {"type": "integer", "minimum": 0}, "physicalLocation": PHYSICAL, "message": MESSAGE}
)  # 3.27.22
RESULT: Final = _object(  # 3.27
    {
        "ruleId": TEXT,
        "ruleIndex": {"type": "integer", "minimum": 0},
        "level": LEVEL,
        "message": MESSAGE,
        "locations": _list(LOCATION, minItems=1, maxItems=1),
        "partialFingerprints": {
            "type": "object",
            "patternProperties": {"^[a-zA-Z]+/v[0-9]+$": TEXT},  # 3.27.17: a versioned hierarchical string
            "additionalProperties": False,
            "minProperties": 1,
        },
    },
    relatedLocations=_list(RELATED, minItems=1, uniqueItems=True),
)
RULE: Final = _object(  # 3.49
    {
        "id": TEXT,
        "shortDescription": MULTIFORMAT,
        "fullDescription": MULTIFORMAT,
        "help": MULTIFORMAT,
        "defaultConfiguration": _object({"level": LEVEL}),
    }
)
DRIVER: Final = _object(
    {"name": TEXT, "version": TEXT, "language": LANGUAGE, "rules": _list(RULE, uniqueItems=True)}
)  # 3.19
RUN: Final = _object(  # 3.14
    {
        "tool": _object({"driver": DRIVER}),
        "language": LANGUAGE,
        "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},  # 3.14.17
        "results": _list(RESULT),
    }
)
LOG: Final = _object(  # 3.13
    {"$schema": TEXT | {"format": "uri"}, "version": {"const": "2.1.0"}, "runs": _list(RUN, minItems=1)}
)
