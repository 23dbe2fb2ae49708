"use strict";
// Makes the runner's own report name the criteria, where it has a place for that and it is asked for.

/** Tells whether reports are asked for: `TRAIL_REPORT=1`, and not under jest, whose tests get no context. */
function wanted() {
  const env = typeof process === "object" && process !== null ? process.env : undefined;
  return env?.TRAIL_REPORT === "1" && env.JEST_WORKER_ID === undefined;
}

/**
 * Returns a function that tells the runner the claims and then does what `fn` does.
 * It looks like `fn` to a runner: its name, its number of parameters, and its text, from which vitest
 * takes the fixtures.
 */
function reporting(fn, claims) {
  const told = function (...given) {
    const context = given.find(isContext);
    if (context !== undefined) {
      for (const { workItem, criterion } of claims) tell(context, workItem, criterion);
    }
    return Reflect.apply(fn, this, given);
  };
  const text = () => Function.prototype.toString.call(fn);
  Object.defineProperties(told, {
    name: { value: fn.name, configurable: true },
    length: { value: fn.length, configurable: true },
    toString: { value: text, configurable: true, writable: true },
  });
  return told;
}

function isContext(value) {
  return (
    (typeof value === "object" || typeof value === "function") &&
    value !== null &&
    (typeof value.diagnostic === "function" || typeof value.annotate === "function")
  );
}

function tell(context, workItem, criterion) {
  if (typeof context.annotate === "function") {
    // vitest: the JUnit report makes a property of each, its type the name, its message the value.
    void context.annotate(workItem, "trail.work_item");
    void context.annotate(criterion, "trail.criterion");
  } else {
    // node:test: reports carry it as a diagnostic of the test.
    context.diagnostic(`trail.validates ${workItem} ${criterion}`);
  }
}

module.exports = { reporting, wanted };
