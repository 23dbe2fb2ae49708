// A file of tests as a user of node:test would write it. One of them fails, on purpose.
import assert from "node:assert/strict";
import { describe, it, test } from "node:test";
import { validates } from "@trail/annotations";

test("plain", validates({ workItem: "VSME-142", criterion: ["AC-3", "AC-4@2"] }, () => {}));
test("asynchronous", validates({ workItem: "VSME-142", criterion: "AC-1" }, async () => {
  await new Promise((done) => setTimeout(done, 1));
}));
test("with a context", validates({ workItem: "VSME-142", criterion: "AC-1" }, async (t) => {
  assert.equal(t.name, "with a context");
  await t.test("inner", () => {});
}));
test("with a callback", validates({ workItem: "VSME-142", criterion: "AC-1" }, (t, done) => {
  assert.equal(t.name, "with a callback");
  setTimeout(done, 1);
}));
test("failing", validates({ workItem: "VSME-142", criterion: "AC-1" }, () => {
  assert.equal(1, 2);
}));
describe("a block", validates({ workItem: "VSME-142", criterion: "AC-5", revision: 2 }, () => {
  it("stands for its tests", () => {});
  it("and those of another item", validates({ workItem: "VSME-7", criterion: "AC-1" },
    validates({ workItem: "VSME-8", criterion: "AC-2" }, () => {})));
}));
