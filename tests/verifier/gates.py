"""Whether every gate decision fits its request, and nothing was done without one."""

from collections import defaultdict

from forms import BODIES, fits


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
