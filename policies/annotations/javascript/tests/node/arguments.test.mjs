import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";

import * as trail from "@trail/annotations";
import link from "../../link.cjs";
import { cases } from "../cases.cjs";

const LINK = { workItem: "PROJ-1234", criterion: "AC-3" };
const USAGE = '; write validates({ workItem: "PROJ-1234", criterion: "AC-3" }, fn)';

test("every package takes and refuses the same words", () => {
  const all = cases();
  assert.ok(all.length > 30, "the cases are there");
  for (const { line, verdict, link: given, expected } of all) {
    let outcome;
    try {
      outcome = link.claims("validates", given).map((claim) => claim.criterion).join(" ");
    } catch (error) {
      assert.ok(error instanceof TypeError, `line ${line}: ${error}`);
      assert.ok(error.message.startsWith(expected), `line ${line}: ${error.message}`);
      assert.ok(error.message.endsWith(USAGE), `line ${line}: ${error.message}`);
      outcome = "refused";
    }
    assert.equal(outcome, verdict === "ok" ? expected : "refused", `line ${line}`);
  }
});

const MISTAKES = [
  [undefined, "the first argument is no object"],
  [null, "the first argument is no object"],
  ["PROJ-1234/AC-3", "the first argument is no object"],
  [[LINK], "the first argument is no object"],
  [{}, "`workItem` is missing"],
  [{ workItem: "PROJ-1" }, "`criterion` is missing"],
  [{ workItem: 12, criterion: "AC-3" }, "`workItem` takes a string"],
  [{ workItem: "PROJ-1", criterion: 3 }, "`criterion` takes a string or a list of strings"],
  [{ workItem: "PROJ-1", criterion: ["AC-1", 3] }, "`criterion` takes a string or a list of strings"],
  [{ ...LINK, revision: "2" }, "`2` cannot be a revision"],
  [{ ...LINK, revision: 1.5 }, "`1.5` cannot be a revision"],
  [{ ...LINK, work_item: "PROJ-1" }, "unknown argument `work_item`"],
];

test("a mistake is refused when the file is loaded, with what to write", () => {
  for (const [given, reason] of MISTAKES) {
    assert.throws(() => trail.validates(given, () => {}), new TypeError(reason + USAGE));
  }
});

test("an annotation without a function is refused", () => {
  assert.throws(() => trail.validates(LINK), new TypeError("the test's function is missing" + USAGE));
  assert.throws(() => trail.implements(LINK), /^TypeError: what it stands on is missing; write implements\(/);
  assert.throws(() => trail.implements({}, 1), /^TypeError: `workItem` is missing; write implements\(/);
  assert.throws(() => trail.documents({}, 1), /^TypeError: `workItem` is missing; write documents\(/);
});

test("what is annotated comes back as it is", () => {
  const fn = (t, done) => done(t);
  const generator = function* () {};
  class Parser {}
  assert.equal(trail.validates(LINK, fn), fn);
  assert.equal(trail.validates(LINK, generator), generator);
  assert.equal(trail.validates(LINK, trail.validates({ workItem: "X-2", criterion: "AC-1" }, fn)), fn);
  assert.equal(trail.implements(LINK, Parser), Parser);
  assert.equal(trail.documents(LINK, fn), fn);
});

test("modules and CommonJS give the same functions", () => {
  const common = createRequire(import.meta.url)("@trail/annotations");
  const names = ["documents", "implementing", "implements", "validates"];
  assert.deepEqual(Object.keys(trail).sort(), names);
  assert.deepEqual(Object.keys(common).sort(), names);
  for (const name of names) assert.equal(trail[name], common[name]);
  assert.equal(trail.implements, trail.implementing);
});
