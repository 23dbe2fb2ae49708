// A file of tests as a user of vitest would write it. One of them fails, on purpose.
import { describe, expect, test } from "vitest";
import { validates } from "@trail/annotations";

const extended = test.extend({ seven: async ({}, use) => { await use(7); } });

test("plain", validates({ workItem: "VSME-142", criterion: ["AC-3", "AC-4@2"] }, () => {}));
test("with a context", validates({ workItem: "VSME-142", criterion: "AC-1" }, async ({ task }) => {
  expect(task.name).toBe("with a context");
}));
extended("with a fixture", validates({ workItem: "VSME-142", criterion: "AC-1" }, ({ seven }) => {
  expect(seven).toBe(7);
}));
test.for([[1, 2]])("with a row %i", validates({ workItem: "VSME-142", criterion: "AC-1" }, ([one, two]) => {
  expect([one, two]).toEqual([1, 2]);
}));
test.each([[1, 2]])("with values %i", validates({ workItem: "VSME-142", criterion: "AC-1" }, (one, two) => {
  expect([one, two]).toEqual([1, 2]);
}));
test("failing", validates({ workItem: "VSME-142", criterion: "AC-9" }, () => {
  expect(1).toBe(2);
}));
describe("a block", validates({ workItem: "VSME-142", criterion: "AC-5" }, () => {
  test("stands for its tests", () => {});
}));
