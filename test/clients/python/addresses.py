"""Hooks of Schemathesis, for schemathesis.test.ts: each request comes from another address, through a proxy that the gateway trusts.

A gateway may refuse an address that keeps sending wrong keys, and Schemathesis sends them all along.
"""

import itertools

import schemathesis

numbers = itertools.count(1)


@schemathesis.hook
def before_call(context, case, kwargs):
    number = next(numbers)
    case.headers["x-forwarded-for"] = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
