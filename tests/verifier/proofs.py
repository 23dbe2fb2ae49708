"""Whether every proof follows from the runs it rests on."""

from forms import BOOL, DIGEST, TEXT, U32, U64, fits, one_of

INTEGER = lambda value: type(value) is int and -2**31 <= value < 2**31
CRITERION = {"work_item": TEXT, "criterion": TEXT, "revision?": U32}
PLACE = {"path": TEXT, "line": U32}
CASE = {"name": TEXT, "outcome": one_of("passed failed skipped"), "validates": [CRITERION],
        "failed_by?": one_of("assertion crash not-built timeout"), "message?": TEXT, "place?": PLACE}
RESULT = {"tree": TEXT, "command": [TEXT], "environment": DIGEST, "sandbox": TEXT,
          "exit": (INTEGER,), "ended": (TEXT,), "cases": [CASE], "output": TEXT,
          "output_digest": DIGEST}
SEEN = {"outcome": one_of("passed assertion crashed not-built timed-out skipped absent flaky"),
        "by": [DIGEST]}


def AUTHORITY(value):
    by = {"author": {"by": TEXT, "user": TEXT},
          "command": {"by": TEXT, "user": TEXT, "comment": TEXT, "code": TEXT}}
    shape = by.get(value.get("by")) if isinstance(value, dict) else None
    return shape is not None and fits(value, shape)


SHAPES = {
    "spec": {
        "item": TEXT, "key": TEXT, "title": TEXT, "body": TEXT, "text": DIGEST,
        "criteria": [{"id": TEXT, "revision": U32, "text": TEXT, "keeps": BOOL}],
        "scope": {"read": [TEXT], "write": [TEXT]}, "risk": one_of("low medium high"),
        "depends_on": [TEXT], "references": [TEXT], "author": TEXT, "authority": AUTHORITY,
        "revision": U32},
    "test-result": RESULT,
    "trial": {"of": one_of("base change mutant"), "mutant": (DIGEST,), "repeat": U32, "at": TEXT,
              "overlaid": [TEXT], "result": RESULT},
    "mutant": {"onto": TEXT, "tree": TEXT, "path": TEXT, "file": DIGEST, "line": U32, "start": U64,
               "before": TEXT, "after": TEXT, "operator": TEXT, "made_by": TEXT},
    "proof": {"test": TEXT, "place": (PLACE,), "tree": TEXT, "base": SEEN, "change": SEEN,
              "mutant": (SEEN,),
              "claims": [{"criterion": CRITERION, "keeps": BOOL,
                          "verdict": one_of("discriminating vacuous regression failing flaky"),
                          "proves": BOOL, "reason": TEXT}]}}


def fold(outcomes):
    """The outcome of several runs."""
    found = list(dict.fromkeys(outcomes))
    return "absent" if not found else found[0] if len(found) == 1 else "flaky"


def outcome(result, test):
    """How a test went in one run."""
    failed = {"assertion": "assertion", "not-built": "not-built", "timeout": "timed-out"}
    own = [failed.get(case.get("failed_by"), "crashed") if case["outcome"] == "failed" else case["outcome"]
           for case in result["cases"] if case["name"] == test]
    if own:
        return fold(own)
    if any(case.get("failed_by") == "not-built" and case["name"]
           and test.startswith((case["name"] + "::", case["name"] + ".", case["name"] + "/"))
           for case in result["cases"]):
        return "not-built"
    if result["ended"] is not None:
        return "timed-out" if result["ended"] == "timeout" else "crashed"
    return "absent" if result["cases"] or result["exit"] == 0 else "not-built"


def verdict(base, change, killed, keeps):
    """What a test is for a criterion, and whether it proves it."""
    if change == "flaky" or (change == "passed" and base == "flaky"):
        return "flaky", False
    if change == "passed":
        if base == "assertion":
            return "discriminating", not keeps
        found = killed and keeps == (base == "passed")
        return ("discriminating", True) if found else ("vacuous", False)
    fails = change in ("assertion", "crashed", "not-built", "timed-out")
    return "regression" if fails and base == "passed" else "failing", False


class Proofs:
    """What proofs can rest on, record by record."""

    def __init__(self):
        self.specs, self.commits, self.runs, self.mutants = {}, {}, {}, {}
        self.seq, self.beside = None, []

    def take(self, entry, own, record, find):
        if self.seq != entry["seq"]:
            self.seq, self.beside = entry["seq"], []
        kind, body, key = own["kind"], record["body"], own["digest"]
        if kind == "commit" and isinstance(body, dict):
            self.commits[body.get("commit")] = body.get("tree")
        if kind not in SHAPES:
            return
        if not fits(body, SHAPES[kind]):
            find("damaged-record", f"the body of {own['title']} has another shape")
        elif kind == "spec":
            self.specs[key] = body
        elif kind == "mutant":
            self.mutants[key] = body
        elif kind == "proof":
            problem = self.judge(entry, record["inputs"], body)
            if problem:
                find("unsupported-proof", f"{own['title']}: {problem}")
        else:
            trial = body if kind == "trial" else {"of": None, "at": None, "mutant": None, "result": body}
            self.runs[key] = trial
            self.beside.append(key)

    def seen(self, seen, test, fitting):
        """The runs that one side names; none if one does not fit or they show something else."""
        runs = [self.runs.get(name) for name in seen["by"]]
        if not all(run and fitting(run) for run in runs):
            return None
        return runs if fold(outcome(run["result"], test) for run in runs) == seen["outcome"] else None

    def judge(self, entry, inputs, proof):
        sides = [own for own in (proof["base"], proof["change"], proof["mutant"]) if own]
        if any(name not in inputs for side in sides for name in side["by"]):
            return "it names a run that is not among its inputs"
        of_base = lambda run: run["of"] == "base"
        of_change = lambda run: run["of"] in (None, "change") and run["result"]["tree"] == proof["tree"]
        base = self.seen(proof["base"], proof["test"],
                         lambda run: of_base(run) and entry["base"] in (None, run["at"]))
        change = self.seen(proof["change"], proof["test"], of_change)
        if base is None or change is None:
            return "its runs of base or change do not show what it says"
        mutated = self.mutated(inputs, proof) if proof["mutant"] else []
        if mutated is None:
            return "its trials of a mutant do not show what it says"
        trees = {run["result"]["tree"] for run in base}
        for name in self.beside:
            run = self.runs[name]
            if of_base(run) and run["result"]["tree"] in trees and name not in proof["base"]["by"]:
                return f"it leaves out {name}, a run of the base"
            if of_change(run) and name not in proof["change"]["by"]:
                return f"it leaves out {name}, a run of the change"
        alike = len({run["result"]["environment"] for run in base + change + mutated}) <= 1
        killed = bool(proof["mutant"]) and proof["mutant"]["outcome"] == "assertion"
        for claim in proof["claims"]:
            word, proves = verdict(proof["base"]["outcome"], proof["change"]["outcome"], killed, claim["keeps"])
            if alike and claim["verdict"] != word:
                return f"it is {word}"
            if claim["proves"] and not (proves and base and change and alike
                                        and self.named(entry, proof, change, claim)):
                return f"it does not prove {claim['criterion']['criterion']}"
        return None

    def mutated(self, inputs, proof):
        first = self.runs.get(next(iter(proof["mutant"]["by"]), None))
        name = first and first["mutant"]
        mutant = self.mutants.get(name)
        if name not in inputs or mutant is None or self.commits.get(mutant["onto"]) != proof["tree"]:
            return None
        return self.seen(proof["mutant"], proof["test"], lambda run: (
            (run["of"], run["mutant"], run["at"], run["result"]["tree"]) == (
                "mutant", name, mutant["onto"], mutant["tree"])))

    def named(self, entry, proof, change, claim):
        """Whether the test names the criterion, and the spec in force has it."""
        own = claim["criterion"]
        same = lambda other: (
            (other["work_item"], other["criterion"]) == (own["work_item"], own["criterion"])
            and other.get("revision") in (None, own.get("revision")))
        annotated = any(case["name"] == proof["test"] and any(map(same, case["validates"]))
                        for run in change for case in run["result"]["cases"])
        spec = self.specs.get(entry["spec"])
        return annotated and spec is not None and spec["key"] == own["work_item"] and any(
            (listed["id"], listed["keeps"]) == (own["criterion"], claim["keeps"])
            and own.get("revision") in (None, listed["revision"]) for listed in spec["criteria"])
