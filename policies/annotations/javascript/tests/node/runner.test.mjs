import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const SAMPLE = fileURLToPath(new URL("../samples/node.mjs", import.meta.url));

/** Runs the sample by node:test and returns its TAP report. */
function run(report) {
  const env = { ...process.env, TRAIL_REPORT: report };
  // Set by the runner around this test; with it the inner one would not write TAP.
  delete env.NODE_TEST_CONTEXT;
  const ran = spawnSync(process.execPath, ["--test", "--test-reporter=tap", SAMPLE], { env, encoding: "utf8" });
  assert.equal(ran.status, 1, ran.stderr);
  return ran.stdout;
}

const RESULTS = [
  "ok 1 - plain",
  "ok 2 - asynchronous",
  "ok 1 - inner",
  "ok 3 - with a context",
  "ok 4 - with a callback",
  "not ok 5 - failing",
  "ok 1 - stands for its tests",
  "ok 2 - and those of another item",
  "ok 6 - a block",
];

const results = (tap) =>
  tap.split("\n").map((line) => line.trim()).filter((line) => /^(not )?ok /.test(line));
const told = (tap) =>
  tap.split("\n").map((line) => line.trim()).filter((line) => line.startsWith("# trail."));

test("annotated tests pass and fail as they would without", () => {
  const tap = run("0");
  assert.deepEqual(results(tap), RESULTS);
  assert.deepEqual(told(tap), []);
});

test("node:test reports the criteria where it is asked to", () => {
  const tap = run("1");
  assert.deepEqual(results(tap), RESULTS);
  assert.deepEqual(told(tap), [
    "# trail.validates VSME-142 AC-3",
    "# trail.validates VSME-142 AC-4@2",
    "# trail.validates VSME-142 AC-1",
    "# trail.validates VSME-142 AC-1",
    "# trail.validates VSME-142 AC-1",
    "# trail.validates VSME-142 AC-1",
    "# trail.validates VSME-7 AC-1",
    "# trail.validates VSME-8 AC-2",
  ]);
});
