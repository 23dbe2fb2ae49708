"""Envelopes, signatures and trust documents."""

import base64
import hashlib
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from forms import *

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
