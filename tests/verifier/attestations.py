"""Attestations: signed by the checkpoint key that the manifest names, and no more than the history shows."""

import hashlib
import re

from forms import ENTRY, STATEMENT, Wrong, canonical, parse
from seals import signer, unwrap

OWN, INTOTO = "https://trail.invalid/attestation/", "https://in-toto.io/attestation/"
SVR, VSA = INTOTO + "svr/v0.2", "https://slsa.dev/verification_summary/v1"


def keyid(key):
    return hashlib.sha256(bytes.fromhex(key[8:])).hexdigest()[:16]


def proves(items, key, criterion, revision, test=None):
    """Whether some sealed proof proves the criterion."""
    for item in items:
        for record in item["records"].values():
            if record["kind"] == "proof" and test in (None, record["body"]["test"]):
                for claim in record["body"]["claims"]:
                    own = claim["criterion"]
                    if claim["proves"] and (own["work_item"], own["criterion"]) == (key, criterion) and (
                            own.get("revision") in (None, revision) or revision is None):
                        return True
    return False


def kept(items, digest, kinds):
    return any(item["records"].get(digest, {}).get("kind") in kinds for item in items)


def holds(statement, items):
    """Whether a statement says no more than the histories show."""
    predicate = statement["predicate"]
    kind = statement["predicateType"]
    if kind == INTOTO + "test-result/v0.1":
        digest = "sha256:" + predicate["configuration"][0]["digest"]["sha256"]
        return kept(items, digest, ("test-result", "trial"))
    if kind == SVR:
        told = re.fullmatch(r"TRAIL_CRITERION:(.*)/([^/@]*)@([0-9]+)", predicate["properties"][1])
        return bool(told) and proves(items, told[1], told[2], int(told[3]))
    if kind == VSA:
        key = statement["subject"][0]["name"]
        words = [item["word"] for item in items if item["key"] == key]
        good = predicate["verificationResult"] == "PASSED"
        levels = {"verified": "TRAIL_HISTORY_VERIFIED", "withheld": "TRAIL_HISTORY_VERIFIED_EXCEPT_WITHHELD",
                  "tail: unchecked": "TRAIL_HISTORY_VERIFIED_TAIL_UNCHECKED"}
        told = set(levels.values()) & set(predicate["verifiedLevels"])
        return len(words) == 1 and good == (words[0] != "findings") and told == (
            {levels[words[0]]} if good else set())
    if kind == OWN + "criterion-proof/v0.1":
        claimed = predicate["proves"] and not proves(
            items, predicate["workItem"], predicate["criterion"], predicate["revision"], predicate["test"])
        return kept(items, predicate["record"], ("proof",)) and not claimed
    own = {OWN + "decision/v0.1": ("decision",), OWN + "approval/v0.1": ("gate-decision",)}
    return kind in own and kept(items, predicate["record"], own[kind])


def check(lines, keys, attested_by, items, find):
    key = next((own for own in keys if keyid(own) == attested_by), None)
    for line in lines.removesuffix(b"\n").split(b"\n"):
        try:
            envelope, payload = unwrap(line, ENTRY, "attestation")
            statement = parse(payload, "attestation")
            good = (key is not None and signer(envelope, payload, [key]) is not None
                    and canonical(statement).encode() == payload
                    and statement["_type"] == STATEMENT and holds(statement, items))
        except (Wrong, KeyError, IndexError, TypeError, AttributeError, ValueError):
            good = False
        if not good:
            find("attestation", "a line is not signed as it should be, or says too much")
