"""The container of a bundle: looked at member by member, and nothing extracted."""

import hashlib
import re
import tarfile

from forms import TEXT, TIME, DIGEST, U32, U64, Wrong, canonical, fits, parse

FIRST, ATTESTATIONS, MIB = "MANIFEST.json", "attestations.intoto.jsonl", 2**20
MANIFEST = {
    "format": U32, "made_at": TIME, "made_by": TEXT, "project": TEXT,
    "items": [{"item": TEXT, "key": TEXT, "entries": U64, "head": (DIGEST,)}],
    "members": [{"name": TEXT, "size": U64, "sha256": DIGEST}],
    "withheld": [{"digest": DIGEST, "reason": TEXT}], "attested_by": (TEXT,), "notes": [TEXT]}
NAMES = [(re.compile(pattern), limit * MIB) for pattern, limit in [
    (re.escape(FIRST), 64), (re.escape(ATTESTATIONS), 256), (r"history/operator\.pub", 1),
    (r"history/trust/[0-9]{1,15}\.json", 16), (r"history/checkpoints/[^/]*\.json", 16),
    (r"history/items/[0-9]{1,15}/subject\.json", 16),
    (r"history/items/[0-9]{1,15}/comments\.jsonl", 1024),
    (r"history/blobs/([0-9a-f]{2})/\1[0-9a-f]{62}", 64),
    (r"git/[0-9a-f]{2}/([0-9a-f]{38}|[0-9a-f]{62})", 64), (r"policy/.+", 1)]]
ARCHIVES = (".trail", ".tar", ".tgz", ".zip", ".gz", ".xz", ".zst")


class NoBundle(Exception):
    """The file does not begin as an archive."""


class Stop(Exception):
    """The container cannot be followed further."""


def header(name, size):
    """The one header of a plain file, as Python's own tarfile writes it."""
    own = tarfile.TarInfo(name)
    own.size = size
    return own.tobuf(tarfile.USTAR_FORMAT, "utf-8", "surrogateescape")


def octal(field, end):
    digits = field.removesuffix(end)
    if not field.endswith(end) or not re.fullmatch(rb"[0-7]+", digits):
        return None
    return int(digits, 8)


def limit(name):
    """How many bytes a member of this name may have; or the word for what is wrong with the name."""
    plain = (len(name) <= 100 and re.fullmatch(r"[ -~]+", name) and "\\" not in name
             and not {"", ".", ".."} & set(name.split("/")))
    if not plain:
        return "bundle-name"
    if name.endswith(ARCHIVES):
        return "bundle-nested"
    return next((most for pattern, most in NAMES if pattern.fullmatch(name)), "bundle-name")


class Archive:
    """A bundle's members that are what its manifest says, and what is wrong with the rest."""

    def __init__(self, file):
        self.file, self.at = file, 0
        self.manifest, self.members, self.problems = None, {}, []
        self.seen, self.last = set(), ""
        self.length = file.seek(0, 2)
        file.seek(0)
        if file.read(512)[257:262] != b"ustar" or self.length < 512:
            raise NoBundle("it does not begin as a bundle")
        file.seek(0)
        try:
            self.first()
            while self.member():
                pass
        except Stop as stop:
            self.find(*stop.args)

    def find(self, kind, member, detail):
        self.problems.append({"kind": kind, "member": member, "detail": detail})

    def read(self, name):
        start, size = self.members[name]
        self.file.seek(start)
        return self.file.read(size)

    def under(self, folder):
        return [(name[len(folder):], name) for name in sorted(self.members) if name.startswith(folder)]

    def block(self):
        """The next header: its name, size and type, and whether it has the one form; None at the end."""
        data = self.file.read(512)
        if len(data) < 512:
            raise Stop("bundle-cut", None, "the bundle ends where a header should be")
        self.at += 512
        if not any(data):
            return None
        size, told = octal(data[124:136], b"\0"), octal(data[148:156], b"\0 ")
        total = sum(data[:148]) + sum(data[156:]) + 8 * 32
        if size is None or told != total or data[257:262] != b"ustar":
            raise Stop("bundle-header", None, f"there is no header at byte {self.at - 512}")
        name = data[:100].split(b"\0")[0].decode(errors="replace")
        if data[345]:
            name = data[345:500].split(b"\0")[0].decode(errors="replace") + "/" + name
        try:
            plain = len(name.encode()) <= 100 and header(name, size) == data
        except UnicodeError:
            plain = False
        return name, size, data[156:157] in (b"0", b"\0"), plain

    def first(self):
        wrong = lambda detail: Stop("bundle-manifest", FIRST, detail)
        try:
            found = self.block()
        except Stop as stop:
            raise stop if stop.args[0] == "bundle-cut" else wrong("it is not the first member")
        if not found or found[0] != FIRST or not found[2]:
            raise wrong("it is not the first member")
        _, size, _, plain = found
        if not plain:
            raise Stop("bundle-header", FIRST, "its header is not the one of bundles")
        if size > limit(FIRST):
            raise Stop("bundle-size", FIRST, "it is too large")
        if size + -size % 512 > self.length - self.at:
            raise Stop("bundle-cut", None, "the bundle ends inside its manifest")
        data = self.file.read(size)
        self.at += size
        self.gap(FIRST, size)
        try:
            value = parse(data, "bundle-manifest")
        except Wrong as wrong_bytes:
            raise wrong(wrong_bytes.detail)
        number = value.get("format") if isinstance(value, dict) else None
        if type(number) is int and number > 0:
            raise Stop("unknown-format", FIRST, "the bundle is newer than this verifier")
        if not fits(value, MANIFEST) or canonical(value).encode() != data:
            raise wrong("not canonical, or of another shape")
        names = [own["name"] for own in value["members"]]
        if sorted(set(names)) != names or not all(own["reason"].strip() for own in value["withheld"]):
            raise wrong("members out of order, or something withheld without a reason")
        self.manifest = value
        self.listed = {own["name"]: own for own in value["members"]}

    def gap(self, name, size):
        data = self.file.read(-size % 512)
        if len(data) < -size % 512:
            raise Stop("bundle-cut", None, f"the bundle ends inside {name}")
        self.at += len(data)
        if any(data):
            self.find("bundle-padded", name, "there is something in the gap after it")

    def skip(self, name, size):
        if size + -size % 512 > self.length - self.at:
            raise Stop("bundle-cut", None, f"the bundle ends inside {name}")
        self.at += size
        self.file.seek(self.at)
        self.gap(name, size)

    def member(self):
        """Looks at the next member; tells whether there may be more."""
        found = self.block()
        if found is None:
            return self.end()
        name, size, is_file, plain = found
        again, most = name in self.seen or name == FIRST, limit(name)
        self.seen.add(name)
        own = self.listed.get(name)
        problem = None
        if not is_file:
            problem = "bundle-link"
        elif not plain:
            problem = "bundle-header"
        elif isinstance(most, str):
            problem = most
        elif again:
            problem = "bundle-duplicate"
        else:
            if self.last > name:
                self.find("bundle-order", name, f"it stands after {self.last}")
            self.last = name
            if own is None:
                problem = "bundle-unlisted"
            elif size != own["size"] or size > most:
                problem = "bundle-size"
        if problem:
            self.find(problem, name, "it is none that a bundle can have here")
            self.skip(name, size)
            return True
        start, hasher = self.at, hashlib.sha256()
        if size + -size % 512 > self.length - self.at:
            raise Stop("bundle-cut", None, f"the bundle ends inside {name}")
        left = size
        while left:
            part = self.file.read(min(left, 65536))
            hasher.update(part)
            left -= len(part)
        self.at += size
        if "sha256:" + hasher.hexdigest() == own["sha256"]:
            self.members[name] = (start, size)
        else:
            self.find("bundle-digest", name, "its bytes are not the manifest's")
        self.gap(name, size)
        return True

    def end(self):
        try:
            last = self.block() is None
        except Stop as stop:
            if stop.args[0] == "bundle-cut":
                raise
            last = False
        if not last or self.at < self.length:
            self.find("bundle-padded", None, "something follows the end")
        for name in self.listed:
            if name not in self.seen:
                self.find("bundle-missing", name, "it is not there")
        return False
