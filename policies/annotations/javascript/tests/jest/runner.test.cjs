"use strict";
const { spawnSync } = require("node:child_process");
const path = require("node:path");

const ROOT = path.join(__dirname, "../..");

/** Runs the sample by jest and returns its results by name. */
function run(report) {
  const env = { ...process.env, TRAIL_REPORT: report };
  delete env.JEST_WORKER_ID;
  const config = JSON.stringify({ rootDir: ROOT, testEnvironment: "node", testMatch: ["<rootDir>/tests/samples/jest.sample.cjs"] });
  const jest = path.join(ROOT, "node_modules/jest/bin/jest.js");
  const ran = spawnSync(process.execPath, [jest, "--json", "--config", config], { env, cwd: ROOT, encoding: "utf8" });
  expect(ran.status).toBe(1);
  const [file] = JSON.parse(ran.stdout).testResults;
  return file.assertionResults.map(({ fullName, status }) => `${fullName}: ${status}`);
}

test.each(["0", "1"])("annotated tests pass and fail as they would without (TRAIL_REPORT=%s)", (report) => {
  expect(run(report)).toEqual([
    "plain: passed",
    "asynchronous: passed",
    "with a callback: passed",
    "a callback that tells an error: failed",
    "with a value 1: passed",
    "with a value 2: passed",
    "failing: failed",
    "a block stands for its tests: passed",
  ]);
}, 60_000);
