"""A history as files: read, and judged item by item."""

import re
from pathlib import Path

from chain import assemble, is_listed
from forms import *
from gates import Gates
from proofs import Proofs
from seals import Line, signer, unwrap


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
        gates, proofs = Gates(line), Proofs()
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
                    proofs.take(entry, own, record, problem)
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
