"use strict";
// Annotations that link tests and code to the acceptance criteria of a work item.
//
// They check their arguments when the file is loaded and give back what they were given: nothing is
// left at run time. `trail` reads them from the source.

const { claims } = require("./link.cjs");
const { reporting, wanted } = require("./report.cjs");

/** Says that a test, or each test of a `describe` block, validates a criterion. */
function validates(link, fn) {
  const found = claims("validates", link);
  if (typeof fn !== "function") throw new TypeError(missing("validates", "the test's function"));
  return wanted() ? reporting(fn, found) : fn;
}

/** Says that code implements a criterion. */
function implementing(link, thing) {
  return unchanged("implements", link, thing);
}

/** Says that something documents a criterion. */
function documents(link, thing) {
  return unchanged("documents", link, thing);
}

function unchanged(annotation, link, thing) {
  claims(annotation, link);
  if (thing === undefined) throw new TypeError(missing(annotation, "what it stands on"));
  return thing;
}

function missing(annotation, what) {
  return `${what} is missing; write ${annotation}({ workItem: "PROJ-1234", criterion: "AC-3" }, fn)`;
}

exports.validates = validates;
exports.implementing = implementing;
exports.implements = implementing;
exports.documents = documents;
