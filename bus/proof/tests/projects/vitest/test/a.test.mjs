import { test, describe, it, expect } from "vitest";
import assert from "node:assert";
import { validates } from "@trail/annotations";

test("adds", validates({ workItem: "SHOP-1", criterion: "AC-1" }, () => { expect(1 + 1).toBe(2); }));
test("wrong", validates({ workItem: "SHOP-1", criterion: "AC-2" }, () => { expect(1 + 1, "sum").toBe(3); }));
test("node assert", () => { assert.strictEqual(1, 3); });
test("crashes", () => { null.x; });
test("rejects", async () => { throw new Error("plain"); });
test("says assert", async () => { throw new Error("AssertionError: no"); });
test.skip("skipped", () => {});
test.todo("todo");
describe("outer", () => {
  it("inner > x", validates({ workItem: "SHOP-1", criterion: "AC-3" }, () => { expect([1]).toEqual([2]); }));
  it("fine", () => {});
});
test.each([1, 2])("each %i", validates({ workItem: "SHOP-1", criterion: "AC-4" }, (n) => { expect(n).not.toBe(2); }));
test("hangs", async () => { await new Promise((r) => setTimeout(r, 3000)); }, 50);
