"""The OpenAPI document is one, and says what the server takes and gives."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import msgspec
import pytest

from advisor import api
from advisor.jobs.translation import TARGETS
from advisor.serving import openapi
from advisor.serving.request import Wanted

SCHEMA = Path(__file__).parents[1] / "fixtures" / "schemas" / "openapi-3.1.schema.json"


@pytest.fixture(scope="module")
def document() -> dict[str, object]:
    found: dict[str, object] = json.loads(openapi.document())
    return found


def test_it_is_an_openapi_document(document: dict[str, object]) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(document)
    spoiled = {**document, "paths": {"no-slash": {}}}
    assert not jsonschema.Draft202012Validator(schema).is_valid(spoiled)


def _validator(document: dict[str, object], name: str) -> jsonschema.Draft202012Validator:
    whole = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    return jsonschema.Draft202012Validator(whole)


def test_its_schemas_are_schemas_and_fit(document: dict[str, object]) -> None:
    schemas = document["components"]["schemas"]  # type: ignore[index]
    for one in schemas.values():
        jsonschema.Draft202012Validator.check_schema(one)
    report = api.text_checker(api.demo_snapshot()).check("docker run --gpus 1 a/b:1", TARGETS)
    _validator(document, "WrittenCheck").validate(json.loads(api.render_check(report, "json")))
    wanted = _validator(document, "Wanted")
    example = document["paths"]["/api/v1/check"]["post"]  # type: ignore[index]
    body = example["requestBody"]["content"]["application/json"]["example"]
    wanted.validate(body)
    assert msgspec.convert(body, Wanted).text == body["text"]
    assert not wanted.is_valid({"text": "", "container": "x"})
    assert not wanted.is_valid({})
