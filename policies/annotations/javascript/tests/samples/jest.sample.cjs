"use strict";
// A file of tests as a user of jest would write it. Two of them fail, on purpose.
const { validates } = require("@trail/annotations");

test("plain", validates({ workItem: "VSME-142", criterion: "AC-3" }, () => {}));
test("asynchronous", validates({ workItem: "VSME-142", criterion: "AC-3" }, async () => {
  await expect(Promise.resolve(1)).resolves.toBe(1);
}));
test("with a callback", validates({ workItem: "VSME-142", criterion: "AC-3" }, (done) => {
  setTimeout(done, 1);
}));
test("a callback that tells an error", validates({ workItem: "VSME-142", criterion: "AC-3" }, (done) => {
  setTimeout(() => done(new Error("no")), 1);
}));
test.each([1, 2])("with a value %i", validates({ workItem: "VSME-142", criterion: ["AC-3", "AC-4"] }, (value) => {
  expect([1, 2]).toContain(value);
}));
test("failing", validates({ workItem: "VSME-142", criterion: "AC-3" }, () => {
  expect(1).toBe(2);
}));
describe("a block", validates({ workItem: "VSME-142", criterion: "AC-5" }, () => {
  test("stands for its tests", () => {});
}));
