"""Hooks of Schemathesis, for schemathesis.test.ts: each request comes from another address, through a proxy that the gateway trusts.

A gateway may refuse an address that keeps sending wrong keys, and Schemathesis sends them all along. No request has a member that differs from
a field in its case alone: it is refused, which no schema states.
"""

import itertools

import schemathesis

numbers = itertools.count(1)


@schemathesis.hook
def before_call(context, case, kwargs):
    number = next(numbers)
    case.headers["x-forwarded-for"] = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    schemas = case.operation.schema.raw_schema["components"]["schemas"].values()
    fields = {name for schema in schemas for name in schema.get("properties", {})}
    if isinstance(case.body, dict):
        for name in [name for name in case.body if name not in fields and name.lower() in fields]:
            del case.body[name]
