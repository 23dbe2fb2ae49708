"""Entries, and the chain they form."""

import re

from forms import *
from seals import unwrap


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
