#!/usr/bin/env python3
"""A second verifier of Trail histories, written from bus/record/FORMAT.md; shares no code with the first.

usage: verify.py DIR

Judges the history in DIR and prints one JSON object. Exits with 0 if all is verified, 3 if an end
is unchecked, 1 if there are findings, 2 if DIR is not a history that can be read.
Needs Python 3.11 and the package `cryptography`, for Ed25519 alone.
"""

import base64
import hashlib
import json
import re
import sys
from collections import defaultdict
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

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


# Shapes: each field there, none besides. (shape,) may be null, [shape] is a list.


def fits(value, shape):
    if isinstance(shape, dict):
        return (isinstance(value, dict) and value.keys() == shape.keys()
                and all(fits(value[key], inner) for key, inner in shape.items()))
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
              "gate-request gate-decision observation policy-verdict commit delivery-receipt failure")
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


# Envelopes and signatures.


def unbase64(text):
    try:
        data = base64.b64decode(text, validate=True)
        return data if base64.b64encode(data).decode() == text else None
    except ValueError:
        return None


def unwrap(data, payload_type, kind="malformed"):
    """Returns an envelope and its payload."""
    envelope = parse(data, kind)
    if not fits(envelope, ENVELOPE) or envelope["payloadType"] != payload_type:
        raise Wrong(kind, "not an envelope of the expected type")
    payload = unbase64(envelope["payload"])
    if payload is None:
        raise Wrong(kind, "the payload is not base64")
    return envelope, payload


def signer(envelope, payload, keys):
    """Returns the first of the keys that signed the envelope."""
    kind = envelope["payloadType"].encode()
    message = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
    for key in keys:
        raw = bytes.fromhex(key[8:])
        keyid = hashlib.sha256(raw).hexdigest()[:16]
        for signature in envelope["signatures"]:
            sig = unbase64(signature["sig"])
            if signature["keyid"] != keyid or sig is None or y_of(sig[:32]) in SMALL:
                continue
            try:
                Ed25519PublicKey.from_public_bytes(raw).verify(sig, message)
                return key
            except InvalidSignature:
                continue
    return None


# Trust documents.


class Line:
    """The trust documents, verified to be one line signed by the operator."""

    def __init__(self, envelopes, operator):
        self.documents, self.latest = {}, None
        if not all([fits(parse(data, "trust"), ENVELOPE) for data in envelopes]):
            raise Wrong("trust", "a trust document is no envelope")
        for data in envelopes:
            envelope, payload = unwrap(data, TRUST, "trust")
            document = read(payload, TRUST_SHAPE, "trust")
            last = self.documents.get(self.latest)
            line = (last["serial"] + 1, self.latest, last["project"]) if last else (
                1, None, document["project"])
            keys = [key["key"] for persona in document["personas"] for key in persona["keys"]]
            names = [persona["persona"] for persona in document["personas"]]
            for holds, detail in [
                (signer(envelope, payload, [operator]), "not signed by the operator"),
                ((document["serial"], document["prev"], document["project"]) == line, "out of line"),
                (len(set(keys)) == len(keys), "a key serves two"),
                (not {operator, *document["checkpoint_keys"]} & set(keys), "a key serves two"),
                (len(set(names)) == len(names), "a persona is listed twice"),
                (last is None or self.keeps(document, last), "a key or revocation is forgotten"),
            ]:
                if not holds:
                    raise Wrong("trust", f"trust document {document['serial']}: {detail}")
            self.latest = digest(payload)
            self.documents[self.latest] = document
        if not self.documents:
            raise Wrong("trust", "there is no trust document")

    @staticmethod
    def persona(document, name):
        found = [own for own in document["personas"] if own["persona"] == name]
        return found[0] if found else {"account": None, "keys": []}

    def keeps(self, document, last):
        for persona in last["personas"]:
            now = {own["key"]: own["revoked"] for own in self.persona(document, persona["persona"])["keys"]}
            for own in persona["keys"]:
                if own["key"] not in now or (own["revoked"] and not now[own["key"]]):
                    return False
        return True

    def ever_served(self, account):
        return any(own["account"] == account for named in self.documents.values() for own in named["personas"])

    def has_signed(self, text):
        """Whether any persona's key signed the text as an entry's envelope, whatever it holds."""
        try:
            envelope, payload = unwrap(text.encode(), ENTRY)
        except Wrong:
            return False
        keys = [own["key"] for persona in self.newest()["personas"] for own in persona["keys"]]
        return signer(envelope, payload, keys) is not None

    def newest(self):
        return self.documents[self.latest]

    def judge(self, entry, own, envelope, payload):
        """Checks that a key of the entry's persona signed it, and counts at its place."""
        seq, named = entry["seq"], self.documents.get(entry["trust"])
        if named is None or named["project"] != entry["project"]:
            raise Wrong("trust", "names a trust document that is not known or not its project's", seq)
        keys = [own["key"] for own in self.persona(named, entry["persona"])["keys"]]
        key = signer(envelope, payload, keys)
        if key is None:
            raise Wrong("foreign-key", f"not signed by a key of the {entry['persona']}", seq)
        now = self.persona(self.newest(), entry["persona"])["keys"]
        revoked = next(own["revoked"] for own in now if own["key"] == key)
        if revoked:
            head = revoked["heads"].get(entry["item"])
            if not head or seq > head["seq"] or (seq == head["seq"] and own != head["digest"]):
                raise Wrong("revoked-key", "signed by a key that was revoked before", seq)


# Entries and the chain.


def opened(text, line):
    """Reads an entry from its envelope and judges its signature."""
    envelope, payload = unwrap(text.encode(), ENTRY)
    statement = parse(payload)
    get = lambda key: statement.get(key) if isinstance(statement, dict) else None
    kind = str(get("predicateType"))
    known = get("_type") == STATEMENT and re.fullmatch(PREDICATE + "[0-9]+", kind)
    if known and FORMAT < int(kind[len(PREDICATE):]) < 2**64:
        raise Wrong("unknown-format", f"{kind} is newer than this verifier")
    if not known or kind != PREDICATE + str(FORMAT):
        raise Wrong("malformed", "not a Trail entry")
    if version(get("predicate")) > FORMAT:
        raise Wrong("unknown-format", "the entry is newer than this verifier")
    statement = read(payload, STATEMENT_SHAPE, "malformed")
    entry = statement["predicate"]
    subjects = [{"name": f"{own['kind']}: {own['title']}", "digest": {"sha256": own["digest"][7:]}}
                for own in entry["records"]]
    if statement["subject"] != subjects:
        raise Wrong("malformed", "subjects and listed records differ")
    for own in entry["records"]:
        if own["record"] is not None and not is_listed(own, own["record"], canonical(own["record"]).encode()):
            raise Wrong("malformed", f"{own['title']} is listed wrongly")
    line.judge(entry, digest(payload), envelope, payload)
    return entry | {"digest": digest(payload)}


def is_listed(own, record, data):
    return (own["digest"], own["size"], own["kind"], own["title"]) == (
        digest(data), len(data), record["kind"], record["title"])


def assemble(subject, comments, line, find):
    """Returns the entries that stand, in order."""
    candidates, told = {}, set()
    once = lambda author, text: (author, text) not in told and not told.add((author, text))
    for comment in comments:
        author = comment["author"]
        try:
            entry = opened(comment["envelope"], line)
        except Wrong as wrong:
            if line.ever_served(author) or line.has_signed(comment["envelope"]):
                find(wrong.kind, wrong.seq, wrong.detail)
            elif once(author, comment["envelope"]):
                find("posing", wrong.seq, f"a comment of {author} poses as an entry: {wrong.detail}")
            continue
        account = line.persona(line.documents[entry["trust"]], entry["persona"])["account"]
        if (entry["item"], entry["project"]) != (subject["item"], subject["project"]):
            if once(author, entry["digest"]):
                find("wrong-item", entry["seq"], f"belongs to {entry['key']}")
        elif author != account:
            if once(author, entry["digest"]):
                find("wrong-account", entry["seq"], f"stands under {author}")
        else:
            marks = {"edited": comment["edited"], "backdated": comment.get("backdated", False)}
            candidates.setdefault(entry["digest"], entry | marks)
    after = {}
    for entry in candidates.values():
        after.setdefault(entry["prev"], []).append(entry)
    chain, refused, serial = [], set(), 0
    while True:
        head = chain[-1]["digest"] if chain else None
        siblings = after.get(head, [])
        extended = [entry for entry in siblings if entry["digest"] in after]
        if len(extended) > 1:
            find("fork", extended[0]["seq"], "more than one successor was relied on")
            break
        for entry in extended + [entry for entry in siblings if entry not in extended]:
            own = line.documents[entry["trust"]]["serial"]
            kind = None
            if entry["edited"] and entry not in extended:
                kind = "edited-entry"
            elif entry["backdated"] and entry not in extended:
                kind = "backdated"
            elif entry["seq"] != len(chain):
                kind = "wrong-sequence"
            elif own < serial:
                kind = "trust"
            if kind is None:
                if entry["edited"]:
                    find("edited-entry", entry["seq"], "the comment around it was edited")
                if entry["backdated"]:
                    find("backdated", entry["seq"], "its time was set by hand")
                chain.append(entry)
                serial = own
                break
            find(kind, entry["seq"], "may not stand here")
            refused.add(entry["digest"])
        else:
            break
    standing = {entry["digest"] for entry in chain}
    for entry in candidates.values():
        if entry["digest"] not in standing | refused and entry["prev"] is not None:
            if entry["prev"] not in standing and entry["prev"] not in candidates:
                find("missing-entry", entry["seq"], f"its predecessor {entry['prev']} is missing")
    return chain


# Gates.


def code(request):
    bits = int(request[7:], 16) >> 206
    text = "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[bits >> 5 * place & 31] for place in range(9, -1, -1))
    return text[:5] + "-" + text[5:]


def wild(pattern, items, star, same):
    row = [True] + [False] * len(items)
    for part in pattern:
        if part == star:
            for index in range(1, len(row)):
                row[index] = row[index] or row[index - 1]
        else:
            row = [False] + [row[index] and same(part, item) for index, item in enumerate(items)]
    return row[-1]


def matches(pattern, path):
    segment = lambda part, text: wild(part, text, "*", lambda a, b: a in ("?", b))
    return wild(pattern.split("/"), path.split("/"), "**", segment)


class Gates:
    """Requests, decisions and what rests on them, record by record."""

    def __init__(self, line):
        self.line, self.standing, self.used = line, {}, set()
        self.bodies = defaultdict(dict)
        self.passed = defaultdict(lambda: [0, 0])

    def take(self, entry, own, record, find):
        for name in record["inputs"]:
            if name not in self.standing:
                find("damaged-record", f"{own['title']} names input {name}, which does not stand before it")
        if own["kind"] not in BODIES:
            return
        body, key = record["body"], own["digest"]
        if not fits(body, BODIES[own["kind"]]):
            find("damaged-record", f"the body of {own['title']} has another shape")
            return
        kind = {"test-patchset": "patchset"}.get(own["kind"], own["kind"])
        if kind == "gate-request":
            self.request(entry, body, find)
        elif kind == "gate-decision":
            self.decision(entry, body, find)
        elif kind == "patchset":
            paths = [file["path"] for file in body["files"]]
            if len(set(paths)) < len(paths):
                find("damaged-record", "a patchset changes a path twice")
        elif kind == "review" and not body["confirmed"]:
            self.used |= {name for name, said in self.bodies["gate-decision"].items() if said["gate"] == "pr_create"}
        elif kind in ("commit", "delivery-receipt"):
            problem = (self.commit if kind == "commit" else self.delivery)(entry, record["inputs"], body)
            if problem:
                find("ungated", problem)
        self.bodies[kind][key] = body

    def request(self, entry, body, find):
        covers = body["covers"]
        pull = self.bodies["pull-request"].get(body["subject"])
        same = all(covers[key] == entry[own] for key, own in
                   [("spec", "spec"), ("policy", "policy"), ("trust", "trust"), ("base", "base"), ("head", "prev")])
        if not same or body["subject"] not in self.standing or (pull and covers["tree"] != pull["tree"]):
            find("approval", "the request covers something its entry does not show")
        if body["requested_by"] != entry["persona"]:
            find("approval", "the request is sealed by another persona than the one it says asks")

    def decision(self, entry, body, find):
        request = self.bodies["gate-request"].get(body["request"])
        if request is None:
            find("approval", "the decision answers a request that does not stand before it")
            return
        trust = self.line.documents[entry["trust"]]
        seen = body["comment"]
        claims = [
            (body["gate"] == request["gate"], "other gate"),
            (body["code"] == code(body["request"]), "other code"),
            (body["attested_by"] == entry["persona"], "attested by another persona"),
            (entry["persona"] not in (request["requested_by"], request["performed_by"]), "own decision"),
            (body["verdict"]["allowed"], "policy did not allow it"),
            (not any(said["request"] == body["request"] and (
                said["approver"] == body["approver"] or said["outcome"] == "rejected")
                for said in self.bodies["gate-decision"].values()), "decided before")]
        if body["delegated"]:
            claims += [
                (entry["persona"] == "reviewer" and body["approver"] == self.line.persona(
                    trust, "reviewer")["account"], "not the reviewer's own"),
                (body["verdict"]["rules"], "no rule delegates"),
                (request["approvals"] <= 1, "a delegate where several must decide")]
        else:
            serving = {persona["account"] for persona in trust["personas"]}
            listed = [own for own in trust["approvers"] if own["id"] == body["approver"] not in serving]
            claims += [
                (listed, "the approver is not listed, or serves a persona"),
                (not listed or listed[0]["simulated"] == body["simulated"], "hides or invents play"),
                (seen and seen["author"] == body["approver"] and seen["created"] == seen["updated"],
                 "the comment was not the approver's own, or was edited")]
        for holds, detail in claims:
            if not holds:
                find("approval", detail)

    def commit(self, entry, inputs, body):
        applied = [name for name in inputs if name in self.bodies["patchset"]]
        if len(applied) != 1:
            return "a commit does not name the one patchset it applies"
        if self.bodies["patchset"][applied[0]]["onto"] != body["parent"]:
            return "a commit applies its patchset onto another commit"
        approvals = self.approvals(inputs, "file_write", applied[0])
        if approvals:
            return self.use(entry, approvals)
        return self.contract(entry, inputs, self.bodies["patchset"][applied[0]])

    def delivery(self, entry, inputs, body):
        asked = [name for name in inputs if name in self.bodies["pull-request"]]
        if len(asked) != 1:
            return "a delivery does not name the one pull request it delivers"
        pull = self.bodies["pull-request"][asked[0]]
        if any(pull[key] != body[key] for key in ("tree", "head", "branch")):
            return "what was delivered is not what was approved"
        approvals = self.approvals(inputs, "pr_create", asked[0])
        return self.use(entry, approvals) if approvals else "a delivery rests on no approval"

    def approvals(self, inputs, gate, subject):
        said = self.bodies["gate-decision"]
        request = lambda name: self.bodies["gate-request"].get(said[name]["request"], {})
        return [name for name in inputs if name in said and said[name]["gate"] == gate
                and said[name]["outcome"] == "approved" and request(name).get("subject") == subject]

    def in_force(self, entry, request, approvers):
        body = self.bodies["gate-request"][request]
        if len(approvers) < max(1, body["approvals"]):
            return "not enough people approved"
        if any(said["request"] == request and said["outcome"] == "rejected"
               for said in self.bodies["gate-decision"].values()):
            return "the request was rejected"
        return None if entry["spec"] == body["covers"]["spec"] else "the task was amended after the approval"

    def use(self, entry, approvals):
        said = [self.bodies["gate-decision"][name] for name in approvals]
        request = said[0]["request"]
        if any(own["request"] != request for own in said):
            return "approvals of different requests were put together"
        problem = self.in_force(entry, request, {own["approver"] for own in said})
        if problem or entry["persona"] != self.bodies["gate-request"][request]["performed_by"]:
            return problem or "another persona did what was approved"
        again = len(set(approvals)) < len(approvals) or self.used & set(approvals)
        self.used |= set(approvals)
        return "an approval was used twice, or after it was voided" if again else None

    def contract(self, entry, inputs, patchset):
        resting = [own for own in map(self.bodies["policy-verdict"].get, inputs) if own and own["contract"]]
        if not resting:
            return "a commit rests on no approval and no contract"
        gate = resting[0]["contract"]
        said = self.bodies["gate-decision"].get(gate)
        request = self.bodies["gate-request"].get(said["request"]) if said else None
        granted = request and (said["gate"], said["outcome"]) == ("file_write", "approved")
        if not granted or not resting[0]["verdict"]["allowed"] or not request["contract"]:
            return "a commit rests on a contract that nobody approved"
        approvers = {own["approver"] for own in self.bodies["gate-decision"].values()
                     if (own["request"], own["outcome"]) == (said["request"], "approved")}
        problem = self.in_force(entry, said["request"], approvers)
        if problem:
            return problem
        contract, passed, files = request["contract"], self.passed[gate], patchset["files"]
        passed[0] += 1
        passed[1] += sum(len((file["after"] or "").encode()) for file in files)
        inside = passed[0] <= contract["max_patchsets"] and passed[1] <= contract["max_bytes"] and all(
            not {"", ".", ".."} & set(file["path"].split("/"))
            and any(matches(pattern, file["path"]) for pattern in contract["paths"]) for file in files)
        return None if inside else "a commit goes beyond the contract it rests on"


# The whole.


def evidence(own, blobs):
    """Returns a listed record after checking its bytes."""
    if own["record"] is not None:
        if own["record"]["format"] > FORMAT:
            raise Wrong("unknown-format", "the record is newer than this verifier")
        return own["record"]
    path = blobs / own["digest"][7:9] / own["digest"][7:]
    if path.is_symlink() or not path.is_file():
        raise Wrong("missing-blob", f"the bytes of {own['title']} are not here")
    data = path.read_bytes()
    if (digest(data), len(data)) != (own["digest"], own["size"]):
        raise Wrong("damaged-record", f"{own['title']} is not what the entry lists")
    record = read(data, RECORD, "damaged-record")
    if not is_listed(own, record, data):
        raise Wrong("damaged-record", f"{own['title']} is not what the entry lists")
    return record


def judge_tail(subject, chain, line, checkpoints, find):
    """Compares the chain with checkpoints and revocations; returns whether its end is vouched for."""
    vouched = False

    def meets(seq, head):
        if seq >= len(chain):
            find("truncated", seq, f"entry {seq} was seen; the history ends after {len(chain)} entries")
        elif chain[seq]["digest"] != head:
            find("checkpoint", seq, "another entry was seen here")
        else:
            return True
        return False

    for data in checkpoints:
        try:
            envelope, payload = unwrap(data, CHECKPOINT, "checkpoint")
            own = read(payload, CHECKPOINT_SHAPE, "checkpoint")
            if not signer(envelope, payload, line.newest()["checkpoint_keys"]):
                raise Wrong("checkpoint", "not signed by a checkpoint key")
        except Wrong as wrong:
            find("checkpoint", None, wrong.detail)
            continue
        if (own["item"], own["project"]) == (subject["item"], subject["project"]):
            vouched |= meets(own["seq"], own["head"])
    for key in (key for persona in line.newest()["personas"] for key in persona["keys"]):
        head = key["revoked"] and key["revoked"]["heads"].get(subject["item"])
        if head:
            meets(head["seq"], head["digest"])
    return vouched


def judge(history, subject, comments):
    """Judges one item's history."""
    findings, chain, vouched = [], [], False
    counts = dict.fromkeys(["entries", "records", "decisions", "gates", "intermediate", "outside_actions"], 0)
    classes = {"decisions": DECISIONS, "gates": GATES, "intermediate": INTERMEDIATE, "outside_actions": OUTSIDE}

    def find(kind, seq, detail):
        findings.append({"kind": kind, "seq": seq, "detail": detail})

    try:
        line = Line(history["trust"], history["operator"])
        chain = assemble(subject, comments, line, find)
        gates = Gates(line)
        for entry in chain:
            problem = lambda kind, detail: find(kind, entry["seq"], detail)
            counts["entries"] += 1
            if line.documents[entry["trust"]]["policy"] != entry["policy"]:
                problem("trust", "made under another policy than its trust document names")
            for own in entry["records"]:
                counts["records"] += 1
                try:
                    record = evidence(own, history["blobs"])
                    for name, kinds in classes.items():
                        counts[name] += own["kind"] in kinds
                    gates.take(entry, own, record, problem)
                except Wrong as wrong:
                    problem(wrong.kind, wrong.detail)
                if gates.standing.get(own["digest"]) != "spec":
                    gates.standing[own["digest"]] = own["kind"]
            if entry["spec"] is not None and gates.standing.get(entry["spec"]) != "spec":
                problem("damaged-record", "names a spec that does not stand")
        vouched = judge_tail(subject, chain, line, history["checkpoints"], find)
    except Wrong as wrong:
        find(wrong.kind, None, wrong.detail)
    word = "findings" if findings else "verified" if vouched else "tail: unchecked"
    head = chain[-1]["digest"] if chain else None
    return {"key": subject["key"], **counts, "head": head, "word": word, "findings": findings}


def load(root):
    """Reads what a history directory holds besides its blobs."""

    def plain(path, is_kind):
        if path.is_symlink() or not is_kind(path):
            raise Unreadable(f"{path}: expected a plain file or folder")
        return path

    def content(path, limit=LONGEST):
        data = plain(path, Path.is_file).read_bytes()
        if len(data) > limit:
            raise Unreadable(f"{path}: too long")
        return data

    def shaped(data, shape, where):
        value = parse(data)
        if not fits(value, shape):
            raise Unreadable(f"{where}: unexpected shape")
        return value

    def numbered(folder, suffix):
        found = {}
        for path in plain(folder, Path.is_dir).iterdir():
            match = re.fullmatch("([0-9]+)" + re.escape(suffix), path.name)
            if not match or int(match[1]) in found:
                raise Unreadable(f"{path}: expected a number{suffix}, each once")
            found[int(match[1])] = path
        return [found[number] for number in sorted(found)]

    def comment(text, place):
        # `backdated` is left out where it is false.
        value = parse(text)
        shape = COMMENT | {"backdated": BOOL} if isinstance(value, dict) and "backdated" in value else COMMENT
        return shaped(text, shape, place)

    def item(folder):
        path = plain(folder, Path.is_dir) / "comments.jsonl"
        lines = content(path, float("inf")).split(b"\n")
        lines = lines[:-1] if not lines[-1] else lines
        comments = [comment(text, f"{path} line {at}") for at, text in enumerate(lines, 1)]
        if len({comment["comment"] for comment in comments}) < len(comments):
            raise Unreadable(f"{path}: a comment is listed twice")
        return shaped(content(folder / "subject.json"), SUBJECT, folder / "subject.json"), comments

    operator = content(root / "operator.pub").decode().strip()
    if not KEY(operator):
        raise Unreadable(f"{root / 'operator.pub'}: not a public key")
    found = sorted((root / "checkpoints").iterdir()) if (root / "checkpoints").exists() else []
    if any(path.suffix != ".json" for path in found):
        raise Unreadable(f"{root / 'checkpoints'}: expected names that end in .json")
    return {"operator": operator, "blobs": root / "blobs",
            "trust": [content(path) for path in numbered(root / "trust", ".json")],
            "checkpoints": [content(path) for path in found],
            "items": [item(path) for path in numbered(root / "items", "")]}


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        history = load(Path(arguments[0]))
    except (OSError, UnicodeError, Unreadable, Wrong) as error:
        print(f"cannot read {arguments[0]}: {error}", file=sys.stderr)
        return 2
    items = [judge(history, *item) for item in history["items"]]
    print(json.dumps({"items": items}, indent=1))
    words = {item["word"] for item in items}
    return 1 if "findings" in words else 3 if "tail: unchecked" in words or not items else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
