"""Git objects: whether the sealed commits hold exactly the sealed bytes."""

import hashlib


class Missing(Exception):
    """An object is not here, so what it would show cannot be checked."""


class Other(Exception):
    """Something is not as it should be: its word and what it is."""


def name_of(data, like):
    return (hashlib.sha256 if len(like) == 64 else hashlib.sha1)(data).hexdigest()


def blob_name(text, like):
    data = text.encode()
    return name_of(b"blob %d\0" % len(data) + data, like)


class Objects:
    def __init__(self, find):
        self.find = find

    def content(self, name, kind):
        data = self.find(name)
        if data is None:
            raise Missing(name)
        if name_of(data, name) != name:
            raise Other(None, name)  # told once for every object, asked for or not
        head, _, content = data.partition(b"\0")
        if not data.startswith(kind + b" ") or head != b"%s %d" % (kind, len(content)):
            raise Other("git-object", f"{name} is no {kind.decode()}")
        return content

    def commit(self, name):
        tree, parents = "", []
        for line in self.content(name, b"commit").split(b"\n\n")[0].split(b"\n"):
            key, _, value = line.decode(errors="replace").partition(" ")
            if key == "tree" and not tree:
                tree = value
            elif key == "parent":
                parents.append(value)
            else:
                break
        return tree, parents

    def tree(self, name):
        data, rows, width = self.content(name, b"tree"), {}, len(name) // 2
        while data:
            head, nul, rest = data.partition(b"\0")
            mode, space, own = head.partition(b" ")
            if not nul or not space or not own or own in rows or len(rest) < width:
                raise Other("git-object", f"{name} is no tree")
            rows[own] = (mode.decode(errors="replace"), rest[:width].hex())
            data = rest[width:]
        return rows

    def differences(self, before, after, folder=""):
        self.folders += 1
        if folder.count("/") > 128 or self.folders > 10_000:
            raise Other("git-tree", f"there are too many folders at {folder}")
        one, other = (self.tree(name) if name else {} for name in (before, after))
        found = {}
        for name in sorted(one.keys() | other.keys()):
            sides = one.get(name), other.get(name)
            if sides[0] == sides[1]:
                continue
            path = folder + name.decode(errors="replace")
            inner = [own[1] if own and own[0] == "40000" else None for own in sides]
            if any(inner):
                found |= self.differences(*inner, path + "/")
            files = [own if own and own[0] != "40000" else None for own in sides]
            if any(files):
                found[path] = files
        return found

    def check(self, made, patchset):
        """Checks one sealed commit."""
        tree, parents = self.commit(made["commit"])
        if tree != made["tree"] or parents != [made["parent"]]:
            raise Other("git-tree", f"commit {made['commit']} has another tree or parent")
        self.folders = 0
        found = self.differences(self.commit(made["parent"])[0], tree)
        for file in patchset["files"]:
            if not self.holds(file, found.pop(file["path"], None)):
                raise Other("git-tree", f"commit {made['commit']}: {file['path']} is not as sealed")
        if found:
            raise Other("git-tree", f"commit {made['commit']} changes more than was sealed")

    def holds(self, file, sides):
        text, sealed = file["after"], file["before"]
        if sides is None:
            own = None if text is None else "sha256:" + hashlib.sha256(text.encode()).hexdigest()
            return own == sealed
        before, after = sides
        if (text is None) != (after is None) or (sealed is None) != (before is None):
            return False
        if after and (after[0] not in ("100644", "100755") or blob_name(text, after[1]) != after[1]):
            return False
        if before:
            data = self.content(before[1], b"blob")
            return "sha256:" + hashlib.sha256(data).hexdigest() == sealed
        return True
