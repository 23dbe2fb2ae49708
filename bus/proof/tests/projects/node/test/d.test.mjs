import { test } from "node:test";

test("leaves", () => { process.exit(3); });
test("never runs", () => {});
