"""Bytes and shapes of the stored format: strict and canonical JSON, and what each object holds."""

import hashlib
import json
import re
from datetime import datetime

FORMAT, DEEPEST, SAFE, LONGEST = 0, 64, 2**53 - 1, 16 * 2**20
ENTRY = "application/vnd.in-toto+json"
TRUST = "application/vnd.trail.trust.v0+json"
CHECKPOINT = "application/vnd.trail.checkpoint.v0+json"
STATEMENT, PREDICATE = "https://in-toto.io/Statement/v1", "urn:trail:entry:v"


class Wrong(Exception):
    """A finding about some bytes: its kind and detail."""

    def __init__(self, kind, detail, seq=None):
        super().__init__(detail)
        self.kind, self.detail, self.seq = kind, detail, seq


class Unreadable(Exception):
    """The directory is not a history."""


# JSON: strict in, canonical (RFC 8785) out.


def parse(data, kind="malformed"):
    """Reads strict JSON: UTF-8, no duplicate key, no unsafe integer, no half characters."""

    def integer(text):
        if abs(int(text)) > SAFE:
            raise ValueError(f"integer {text} is beyond 2^53")
        return -0.0 if text == "-0" else int(text)

    def floating(text):
        value = float(text)
        if abs(value) == float("inf") or (value.is_integer() and SAFE < abs(value) < 1e21):
            raise ValueError(f"number {text} cannot be kept")
        return value

    def once(pairs):
        if len(dict(pairs)) < len(pairs):
            raise ValueError("duplicate key")
        return dict(pairs)

    def never(text):
        raise ValueError(f"{text} is no JSON")

    def check(value, depth):
        if depth > DEEPEST:
            raise ValueError("nested too deep")
        if isinstance(value, str):
            value.encode()  # fails for half of a surrogate pair
        elif isinstance(value, (dict, list)):
            for inner in value:
                check(inner, depth + 1)
            for inner in value.values() if isinstance(value, dict) else ():
                check(inner, depth + 1)

    try:
        value = json.loads(data.decode(), object_pairs_hook=once, parse_int=integer,
                           parse_float=floating, parse_constant=never)
        check(value, 0)
        return value
    except (ValueError, RecursionError) as error:
        raise Wrong(kind, f"not strict JSON: {error}") from None


def number(value):
    """Writes a double as ECMAScript's Number::toString does."""
    if value == 0:
        return "0"
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(digits) - len(fraction) + int(exponent or 0)  # digits before the decimal point
    digits = digits.rstrip("0")
    if len(digits) <= point <= 21:
        text = digits + "0" * (point - len(digits))
    elif 0 < point <= 21:
        text = digits[:point] + "." + digits[point:]
    elif -6 < point <= 0:
        text = "0." + "0" * -point + digits
    else:
        text = digits[0] + ("." if digits[1:] else "") + digits[1:] + f"e{point - 1:+d}"
    return ("-" if value < 0 else "") + text


def canonical(value):
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return "{" + ",".join(canonical(key) + ":" + canonical(value[key]) for key in keys) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, float):
        return number(value)
    # So written, texts have exactly the escapes that RFC 8785 asks for.
    return json.dumps(value, ensure_ascii=False)


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


# Shapes: each field there, none besides. (shape,) may be null, [shape] is a list, and a field whose
# name ends in ? may be left out or null.


def fits(value, shape):
    if isinstance(shape, dict):
        named = {key.rstrip("?"): inner for key, inner in shape.items()}
        needed = {key for key in shape if not key.endswith("?")}
        return (isinstance(value, dict) and needed <= value.keys() <= named.keys()
                and all(fits(own, named[key]) or (own is None and key not in needed)
                        for key, own in value.items()))
    if isinstance(shape, list):
        return isinstance(value, list) and all(fits(item, shape[0]) for item in value)
    if isinstance(shape, tuple):
        return value is None or fits(value, shape[0])
    return shape(value)


def one_of(words):
    return lambda value: isinstance(value, str) and value in words.split()


def written(pattern):
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


def whole(most):
    return lambda value: type(value) is int and 0 <= value <= most


def TIME(value):
    if not written(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")(value):
        return False
    try:
        return bool(datetime.fromisoformat(value)) and value <= "9999-12-30T22:00:00.000Z"
    except ValueError:
        return False


PRIME = 2**255 - 19
EIGHTH = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
SMALL = {0, 1, PRIME - 1, EIGHTH, PRIME - EIGHTH}  # y of the points of small order


def y_of(point):
    return int.from_bytes(point, "little") % 2**255 % PRIME


def KEY(value):
    if not written("ed25519:[0-9a-f]{64}")(value):
        return False
    y = y_of(bytes.fromhex(value[8:]))
    d = -121665 * pow(121666, -1, PRIME)
    square = (y * y - 1) * pow(d * y * y + 1, -1, PRIME)
    return y not in SMALL and pow(square, (PRIME - 1) // 2, PRIME) == 1


ANY = lambda value: True
TEXT = lambda value: isinstance(value, str)
BOOL = lambda value: isinstance(value, bool)
U32, U64 = whole(2**32 - 1), whole(SAFE)
DIGEST = written("sha256:[0-9a-f]{64}")
PERSONA = one_of("planner coder tester reviewer")
DECISIONS, GATES, OUTSIDE = {"decision"}, {"gate-decision"}, {"delivery-receipt"}
INTERMEDIATE = {"conclusion", "patchset", "test-patchset", "test-result", "pull-request"}
KIND = one_of("spec decision conclusion patchset test-patchset test-result pull-request review "
              "gate-request gate-decision observation policy-verdict commit delivery-receipt failure "
              "trial mutant proof reported-result revert")
ENVELOPE = {"payload": TEXT, "payloadType": TEXT, "signatures": [{"keyid": TEXT, "sig": TEXT}]}
RECORD = {"format": U32, "kind": KIND, "title": TEXT, "inputs": [DIGEST], "body": ANY}
LISTED = {"digest": DIGEST, "kind": KIND, "title": TEXT, "size": U64, "record": (RECORD,)}
PREDICATE_SHAPE = {
    "format": U32, "rules": U32, "project": TEXT, "item": TEXT, "key": TEXT, "run": TEXT,
    "seq": U64, "prev": (DIGEST,), "persona": PERSONA, "worker": TEXT, "trust": DIGEST,
    "policy": DIGEST, "spec": (DIGEST,), "base": (TEXT,), "at": TIME, "events": [ANY],
    "records": [LISTED]}
STATEMENT_SHAPE = {"_type": TEXT, "predicateType": TEXT, "predicate": PREDICATE_SHAPE,
                   "subject": [{"name": TEXT, "digest": {"sha256": TEXT}}]}
HEADS = lambda value: isinstance(value, dict) and fits(
    list(value.values()), [{"seq": U64, "digest": DIGEST}])
TRUST_SHAPE = {
    "format": U32, "project": TEXT, "serial": U64, "prev": (DIGEST,), "at": TIME,
    "personas": [{"persona": PERSONA, "account": TEXT,
                  "keys": [{"key": KEY, "revoked": ({"why": TEXT, "heads": HEADS},)}]}],
    "approvers": [{"id": TEXT, "name": TEXT, "simulated": BOOL}], "policy": DIGEST,
    "checkpoint_keys": [KEY], "endpoints": [{"host": TEXT, "kind": TEXT}]}
CHECKPOINT_SHAPE = {"format": U32, "project": TEXT, "item": TEXT, "key": TEXT, "seq": U64,
                    "head": DIGEST, "at": TIME}
COMMENT = {"comment": TEXT, "author": TEXT, "edited": BOOL, "envelope": TEXT}
SUBJECT = {"project": TEXT, "item": TEXT, "key": TEXT}
VERDICT = {"allowed": BOOL, "rules": [TEXT], "reason": TEXT}
SEEN = {"id": TEXT, "author": TEXT, "text": DIGEST, "created": TIME, "updated": TIME}
COVERS = {"spec": DIGEST, "policy": DIGEST, "trust": DIGEST, "base": (TEXT,), "tree": (TEXT,),
          "head": (DIGEST,)}
PATCHSET = {"purpose": one_of("implement test fix"), "onto": TEXT, "summary": TEXT,
            "files": [{"path": TEXT, "before": (DIGEST,), "after": (TEXT,)}]}
BODIES = {
    "gate-request": {
        "gate": TEXT, "requested_by": PERSONA, "performed_by": PERSONA, "subject": DIGEST,
        "covers": COVERS, "shown": TEXT, "approvals": U32,
        "contract": ({"paths": [TEXT], "max_bytes": U64, "max_patchsets": U32},)},
    "gate-decision": {
        "gate": TEXT, "request": DIGEST, "code": TEXT, "outcome": one_of("approved rejected"),
        "why": (TEXT,), "approver": TEXT, "name": TEXT, "comment": (SEEN,),
        "attested_by": PERSONA, "delegated": BOOL, "simulated": BOOL, "verdict": VERDICT},
    "policy-verdict": {"principal": TEXT, "action": TEXT, "resource": TEXT, "verdict": VERDICT,
                       "contract": (DIGEST,)},
    "patchset": PATCHSET, "test-patchset": PATCHSET,
    "pull-request": {"title": TEXT, "body": TEXT, "branch": TEXT, "base": TEXT, "head": TEXT,
                     "tree": TEXT},
    "review": {"confirmed": BOOL, "summary": TEXT, "tree": TEXT},
    "commit": {"commit": TEXT, "tree": TEXT, "parent": TEXT, "author": PERSONA, "message": TEXT},
    "delivery-receipt": {"place": TEXT, "branch": TEXT, "head": TEXT, "tree": TEXT,
                         "remote": (TEXT,)}}


def version(value, key="format"):
    found = value.get(key) if isinstance(value, dict) else None
    return found if type(found) is int else 0


def read(data, shape, kind):
    """Reads canonical bytes of one shape."""
    value = parse(data, kind)
    if version(value) > FORMAT:
        raise Wrong("unknown-format", f"format {version(value)} is newer than this verifier")
    if canonical(value).encode() != data:
        raise Wrong(kind, "not in canonical form")
    if not fits(value, shape):
        raise Wrong(kind, "unexpected shape")
    return value
