# SPDX-License-Identifier: MIT
"""Holds answers against /api/openapi.json, and what the document says against
the answers seen: nothing in an answer that is not described, nothing described
that never occurs.
"""
import json

import jsonschema

SCHEMAS = "#/components/schemas/"


def name_of(schema):
    """The object that `schema` refers to; None: none."""
    where = schema.get("$ref", "")
    return where[len(SCHEMAS):] if where.startswith(SCHEMAS) else None


class Contract:
    def __init__(self, document):
        self.document = document
        self.owners = {}   # object: {field: the object whose row it is}
        self.objects = {}  # object: its schema, closed and without a base
        for name in document["components"]["schemas"]:
            self._flatten(name)
        self.statuses = set()
        self.fields = set()

    def _flatten(self, name):
        if name in self.objects:
            return
        own = self.document["components"]["schemas"][name]
        closed = {"type": "object", "properties": {}, "required": [],
                  "additionalProperties": False}
        owners = {}
        for part in own.get("allOf", [own]):
            base = name_of(part)
            if base is not None:
                self._flatten(base)
                owners.update(self.owners[base])
                part = self.objects[base]
            else:
                owners.update({field: name for field in part["properties"]})
            closed["properties"].update(part["properties"])
            closed["required"] += part["required"]
        self.owners[name] = owners
        self.objects[name] = closed

    def _validator(self, schema):
        return jsonschema.Draft202012Validator(
            {**schema, "components": {"schemas": self.objects}})

    def check(self, value, schema, where):
        """Is `value` what `schema` says, all of it? Notes what was seen."""
        wrong = jsonschema.exceptions.best_match(
            self._validator(schema).iter_errors(value))
        if wrong is not None:
            raise AssertionError("%s: at %s: %s" % (
                where, "/".join(map(str, wrong.absolute_path)),
                wrong.message[:800]))
        self._note(value, schema)

    def _note(self, value, schema):
        name = name_of(schema)
        if name is not None:
            for field, inner in value.items():
                if inner is not None:
                    self.fields.add((self.owners[name][field], field))
                    self._note(inner, self.objects[name]["properties"][field])
        elif "anyOf" in schema:
            self._note(value, next(one for one in schema["anyOf"]
                                   if self._validator(one).is_valid(value)))
        elif "items" in schema:
            for inner in value:
                self._note(inner, schema["items"])
        elif "additionalProperties" in schema:
            for inner in value.values():
                self._note(inner, schema["additionalProperties"])

    def operation(self, method, path):
        return self.document["paths"][path][method.lower()]

    def asked(self, method, path, body):
        """Checks the JSON that a client sends."""
        content = self.operation(method, path)["requestBody"]["content"]
        self.check(body, content["application/json"]["schema"],
                   "%s %s asks" % (method, path))

    def answered(self, method, path, status, headers, body):
        """Checks one answer to the route `path`."""
        where = "%s %s -> %d" % (method, path, status)
        said = self.operation(method, path)["responses"].get(str(status))
        if said is None:
            raise AssertionError("%s is not described: %s" % (where, body))
        self.statuses.add((method, path, str(status)))
        for name in ("Content-Security-Policy", "X-Content-Type-Options"):
            if name not in headers:
                raise AssertionError("%s has no %s" % (where, name))
        if "content" not in said:
            return None
        kind = headers["Content-Type"].split(";")[0]
        content = said["content"].get(kind) or said["content"].get(
            kind.split("/")[0] + "/*")
        if content is None:
            raise AssertionError("%s: %s is not described" % (where, kind))
        if not kind.endswith("json"):
            return body
        value = json.loads(body)
        if content["schema"].get("type") != "string":
            self.check(value, content["schema"], where)
        return value

    def missing_statuses(self):
        """What is described and was not seen."""
        return sorted(
            "%s %s %s" % (method.upper(), path, status)
            for path, operations in self.document["paths"].items()
            for method, operation in operations.items()
            for status in operation["responses"] if status != "default"
            and (method.upper(), path, status) not in self.statuses)

    def missing_fields(self):
        return sorted("%s.%s" % (name, field)
                      for name, fields in self.owners.items()
                      for field, owner in fields.items()
                      if name == owner and (name, field) not in self.fields)
