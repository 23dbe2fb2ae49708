import { spawnSync } from "node:child_process";
import { readFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { validates } from "@trail/annotations";

/** Runs the sample by vitest; returns each case of the JUnit report with its properties. */
function run(report) {
  const folder = mkdtempSync(join(tmpdir(), "trail-vitest-"));
  try {
    const file = join(folder, "junit.xml");
    const args = ["vitest", "run", "--config", "tests/samples/vitest.config.mjs", "--reporter=junit", `--outputFile=${file}`];
    const env = { ...process.env, TRAIL_REPORT: report };
    for (const name of Object.keys(env)) if (/^VITEST/.test(name)) delete env[name];
    const ran = spawnSync("npx", ["--no-install", ...args], { env, encoding: "utf8" });
    expect(ran.status, ran.stderr).toBe(1);
    return cases(readFileSync(file, "utf8"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function cases(xml) {
  return [...xml.matchAll(/<testcase [^>]*?\sname="([^"]*)".*?(?:<\/testcase>|\/>)/gs)].map(([whole, name]) => ({
    name,
    failed: whole.includes("<failure"),
    properties: [...whole.matchAll(/<property name="([^"]*)" value="([^"]*)"/g)].map(([, key, value]) => `${key}=${value}`),
  }));
}

const NAMES = [
  ["plain", false],
  ["with a context", false],
  ["with a fixture", false],
  ["with a row 1", false],
  ["with values 1", false],
  ["failing", true],
  ["a block &gt; stands for its tests", false],
];

test("annotated tests pass and fail as they would without", validates({ workItem: "X-1", criterion: "AC-1" }, () => {
  expect(run("0")).toEqual(NAMES.map(([name, failed]) => ({ name, failed, properties: [] })));
}), 60_000);

test("the JUnit report carries the criteria where it is asked to", () => {
  const one = ["trail.work_item=VSME-142", "trail.criterion=AC-1"];
  const expected = {
    plain: ["trail.work_item=VSME-142", "trail.criterion=AC-3", "trail.work_item=VSME-142", "trail.criterion=AC-4@2"],
    "with a context": one,
    "with a fixture": one,
    "with a row 1": one,
    failing: ["trail.work_item=VSME-142", "trail.criterion=AC-9"],
  };
  expect(run("1")).toEqual(NAMES.map(([name, failed]) => ({ name, failed, properties: expected[name] ?? [] })));
}, 60_000);
