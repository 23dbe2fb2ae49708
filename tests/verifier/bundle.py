"""A bundle: its container, the history in it, and what else it brings."""

import hashlib

from archive import ATTESTATIONS, Archive
from attestations import check as check_attestations
from forms import BODIES, Unreadable, Wrong, fits
from history import item_of, judge, operator_of
from objects import Missing, Objects, Other, name_of
from proofs import SHAPES
from seals import Line


def load(archive):
    """The history among a bundle's members."""

    def numbered(folder):
        found = {}
        for own, name in archive.under(folder):
            number = int(own.split("/")[0].removesuffix(".json"))
            if found.setdefault(number, own.split("/")[0]) != own.split("/")[0]:
                raise Unreadable(f"{name}: the number is there twice")
        return [found[number] for number in sorted(found)]

    def content(name):
        if name not in archive.members:
            raise Unreadable(f"{name}: it is not in the bundle")
        return archive.read(name)

    def item(number):
        folder = f"history/items/{number}/"
        return item_of(content(folder + "subject.json"), content(folder + "comments.jsonl"), folder)

    def blob(name):
        member = f"history/blobs/{name[7:9]}/{name[7:]}"
        return archive.read(member) if member in archive.members else None

    return {"operator": operator_of(content("history/operator.pub")), "blob": blob,
            "trust": [content("history/trust/" + own) for own in numbered("history/trust/")],
            "checkpoints": [archive.read(name) for _, name in archive.under("history/checkpoints/")],
            "items": [item(own) for own in numbered("history/items/")],
            "withheld": [own["digest"] for own in archive.manifest["withheld"]]}


def verify(file):
    """Judges a bundle; nothing in it is judged if its container is not sound."""
    archive = Archive(file)
    told = {"problems": archive.problems, "items": [], "unchecked": []}
    if archive.manifest and not archive.problems:
        try:
            history = load(archive)
        except (Unreadable, Wrong, UnicodeError, ValueError) as error:
            archive.find("bundle-history", None, str(error))
        else:
            told["items"] = contents(archive, history, told["unchecked"])
    words = {item["word"] for item in told["items"]}
    order = ["findings", "withheld", "tail: unchecked", "verified"]
    word = "findings" if archive.problems else next((own for own in order if own in words), order[2])
    return told | {"word": word}


def contents(archive, history, unchecked):
    find, manifest, items, full = archive.find, archive.manifest, [], []
    for subject, comments in history["items"]:
        records = {}
        items.append(judge(history, subject, comments, records))
        shapes = BODIES | SHAPES
        sound = {name: own for name, own in records.items()
                 if own["kind"] not in shapes or fits(own["body"], shapes[own["kind"]])}
        full.append(items[-1] | {"records": sound})
    told = {name for item in items for name in item.get("withheld", ())}
    for name in history["withheld"]:
        if name not in told:
            find("bundle-withheld", None, f"{name} is here, or no entry lists it")
    held = [{"item": subject["item"], "key": subject["key"], "entries": item["entries"], "head": item["head"]}
            for (subject, _), item in zip(history["items"], items)]
    if held != manifest["items"] or any(
            subject["project"] != manifest["project"] for subject, _ in history["items"]):
        find("bundle-head", None, "the manifest names other items or heads")
    try:
        line = Line(history["trust"], history["operator"])
    except Wrong:
        line = None
    check_policy(archive, line, unchecked)
    for item in full:
        check_commits(archive, item, unchecked)
    for own, name in archive.under("git/"):
        data, own = archive.read(name), own.replace("/", "")
        if name_of(data, own) != own:
            find("git-object", name, "its bytes have another name")
    if ATTESTATIONS in archive.members:
        keys = line.newest()["checkpoint_keys"] if line else []
        check_attestations(archive.read(ATTESTATIONS), keys, manifest["attested_by"], full,
                           lambda kind, detail: find(kind, ATTESTATIONS, detail))
    elif manifest["attested_by"] is not None:
        find("attestation", ATTESTATIONS, "they are not there")
    else:
        unchecked.append("the bundle holds no attestations")
    return items


def check_policy(archive, line, unchecked):
    files = archive.under("policy/")
    if not files:
        unchecked.append("the policy's files are not in the bundle")
        return
    listing = "".join(f"{hashlib.sha256(archive.read(name)).hexdigest()}  {own}\n" for own, name in files)
    own = "sha256:" + hashlib.sha256(listing.encode()).hexdigest()
    if line and all(document["policy"] != own for document in line.documents.values()):
        archive.find("bundle-policy", "policy/", f"{own} is the policy of no trust document")


def check_commits(archive, item, unchecked):
    def raw(name):
        member = f"git/{name[:2]}/{name[2:]}"
        return archive.read(member) if member in archive.members else None

    objects, made, patchsets = Objects(raw), {}, {}
    for digest, record in item["records"].items():
        if record["kind"] in ("patchset", "test-patchset"):
            patchsets[digest] = record["body"]
        elif record["kind"] == "commit":
            body = record["body"]
            made[body["commit"]] = body["tree"]
            applied = [name for name in record["inputs"] if name in patchsets]
            if not applied:
                continue
            try:
                objects.check(body, patchsets[applied[0]])
            except Missing as missing:
                unchecked.append(f"what commit {body['commit']} holds: {missing} is not in the bundle")
            except Other as other:
                if other.args[0]:
                    archive.find(other.args[0], None, other.args[1])
        elif record["kind"] == "delivery-receipt":
            body = record["body"]
            if made.get(body["head"]) != body["tree"]:
                archive.find("git-tree", None, f"{body['head']} was delivered, and is no sealed commit")
