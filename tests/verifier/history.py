"""A history as files: read, and judged item by item."""

import re
from pathlib import Path

from chain import assemble, is_listed
from forms import *
from gates import Gates
from proofs import Proofs
from seals import Line, signer, unwrap


def evidence(own, blob):
    """Returns a listed record after checking its bytes."""
    if own["record"] is not None:
        if own["record"]["format"] > FORMAT:
            raise Wrong("unknown-format", "the record is newer than this verifier")
        return own["record"]
    data = blob(own["digest"])
    if data is None:
        raise Wrong("missing-blob", f"the bytes of {own['title']} are not here")
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


def judge(history, subject, comments, records=None):
    """Judges one item's history; `records` takes those that stand and are here, by digest."""
    findings, chain, vouched = [], [], False
    records = {} if records is None else records
    counts = dict.fromkeys(["entries", "records", "decisions", "gates", "intermediate", "outside_actions"], 0)
    missing = []
    classes = {"decisions": DECISIONS, "gates": GATES, "intermediate": INTERMEDIATE, "outside_actions": OUTSIDE}

    def find(kind, seq, detail, digest=None):
        findings.append({"kind": kind, "seq": seq, "detail": detail})
        if kind == "missing-blob":
            missing.append((findings[-1], digest))

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
                    record = evidence(own, history["blob"])
                    records[own["digest"]] = record
                    for name, kinds in classes.items():
                        counts[name] += own["kind"] in kinds
                    gates.take(entry, own, record, problem)
                    proofs.take(entry, own, record, problem)
                except Wrong as wrong:
                    find(wrong.kind, entry["seq"], wrong.detail, own["digest"])
                if gates.standing.get(own["digest"]) != "spec":
                    gates.standing[own["digest"]] = own["kind"]
            if entry["spec"] is not None and gates.standing.get(entry["spec"]) != "spec":
                problem("damaged-record", "names a spec that does not stand")
        vouched = judge_tail(subject, chain, line, history["checkpoints"], find)
    except Wrong as wrong:
        find(wrong.kind, None, wrong.detail)
    withheld = [(finding, name) for finding, name in missing if name in history.get("withheld", ())]
    for finding, _ in withheld:
        findings.remove(finding)
    word = "findings" if findings else "verified" if vouched else "tail: unchecked"
    head = chain[-1]["digest"] if chain else None
    told = {"key": subject["key"], **counts, "head": head, "word": word, "findings": findings}
    if withheld:
        told["withheld"] = sorted({name for _, name in withheld})
        told["word"] = "findings" if findings else "withheld"
    return told


def shaped(data, shape, where):
    value = parse(data)
    if not fits(value, shape):
        raise Unreadable(f"{where}: unexpected shape")
    return value


def comment(text, place):
    # `backdated` is left out where it is false.
    value = parse(text)
    shape = COMMENT | {"backdated": BOOL} if isinstance(value, dict) and "backdated" in value else COMMENT
    return shaped(text, shape, place)


def item_of(subject, comments, where):
    """An item from the contents of its two files."""
    lines = comments.split(b"\n")
    lines = lines[:-1] if not lines[-1] else lines
    if any(len(line) >= LONGEST for line in lines):
        raise Unreadable(f"{where}: a line is too long")
    found = [comment(text, f"{where} line {at}") for at, text in enumerate(lines, 1)]
    if len({own["comment"] for own in found}) < len(found):
        raise Unreadable(f"{where}: a comment is listed twice")
    return shaped(subject, SUBJECT, where), found


def operator_of(data):
    operator = data.decode().strip()
    if not KEY(operator):
        raise Unreadable("operator.pub: not a public key")
    return operator


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

    def numbered(folder, suffix):
        found = {}
        for path in plain(folder, Path.is_dir).iterdir():
            match = re.fullmatch("([0-9]+)" + re.escape(suffix), path.name)
            if not match or int(match[1]) in found:
                raise Unreadable(f"{path}: expected a number{suffix}, each once")
            found[int(match[1])] = path
        return [found[number] for number in sorted(found)]

    def item(folder):
        path = plain(folder, Path.is_dir) / "comments.jsonl"
        return item_of(content(folder / "subject.json"), content(path, float("inf")), path)

    def blob(name):
        path = root / "blobs" / name[7:9] / name[7:]
        return None if path.is_symlink() or not path.is_file() else path.read_bytes()

    found = sorted((root / "checkpoints").iterdir()) if (root / "checkpoints").exists() else []
    if any(path.suffix != ".json" for path in found):
        raise Unreadable(f"{root / 'checkpoints'}: expected names that end in .json")
    return {"operator": operator_of(content(root / "operator.pub")), "blob": blob,
            "trust": [content(path) for path in numbered(root / "trust", ".json")],
            "checkpoints": [content(path) for path in found],
            "items": [item(path) for path in numbered(root / "items", "")]}
