import { test } from "node:test";
import assert from "node:assert";

// The same title as in another file, and not annotated.
test("adds", () => { assert.ok(true); });
