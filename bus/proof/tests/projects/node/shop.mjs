import assert from "node:assert";

export function add(a, b) {
  assert.ok(a < 1000, "too large");
  return a + b;
}
