import { test, describe, it } from "node:test";
import assert from "node:assert";
import { validates } from "@trail/annotations";
import { add } from "../shop.mjs";

test("adds", validates({ workItem: "SHOP-1", criterion: "AC-1" }, () => {
  assert.strictEqual(add(1, 1), 2);
}));
test("wrong", validates({ workItem: "SHOP-1", criterion: ["AC-2", "AC-3@2"] }, () => {
  assert.strictEqual(add(1, 1), 3, "sum & <more>");
}));
test("crashes", () => { null.x; });
test("product asserts", () => { add(2000, 1); });
test("rejects", async () => { throw new Error("plain"); });
test("skipped", { skip: "slow" }, () => {});
test("todo", { todo: true }, () => { assert.ok(false); });
describe("outer", validates({ workItem: "SHOP-1", criterion: "AC-4" }, () => {
  it("inner", () => { assert.ok(false); });
  it("fine", () => {});
  describe("deep > er", () => { it("deeper", () => {}); });
}));
test("parent", validates({ workItem: "SHOP-1", criterion: "AC-5" }, async (t) => {
  await t.test("child", () => { assert.equal(1, 2); });
}));
test("hangs", { timeout: 100 }, async () => { await new Promise((r) => setTimeout(r, 2000)); });
