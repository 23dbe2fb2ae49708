"use strict";
// Reads the first argument of an annotation: checks it and says what to write instead.

const WORK_ITEM =
  /^(?:[A-Za-z0-9][A-Za-z0-9._-]*-[1-9][0-9]*|(?:[A-Za-z0-9][A-Za-z0-9._-]*\/[A-Za-z0-9][A-Za-z0-9._-]*)?#[1-9][0-9]*)$/;
const CRITERION = /^(AC-(?:0|[1-9][0-9]{0,3}))(@[1-9][0-9]{0,8})?$/;
const ARGUMENTS = ["workItem", "criterion", "revision"];

/**
 * Returns the claims of an annotation, as `{ workItem, criterion }` with `AC-3` or `AC-3@2`.
 * Throws a `TypeError` that says what is wrong and what to write.
 */
function claims(annotation, link) {
  const refuse = (reason) => {
    const usage = `write ${annotation}({ workItem: "PROJ-1234", criterion: "AC-3" }, fn)`;
    throw new TypeError(`${reason}; ${usage}`);
  };
  if (link === null || typeof link !== "object" || Array.isArray(link)) {
    refuse("the first argument is no object");
  }
  for (const name of Object.keys(link)) {
    if (!ARGUMENTS.includes(name)) refuse(`unknown argument \`${name}\``);
  }
  const { workItem, criterion, revision } = link;
  if (workItem === undefined) refuse("`workItem` is missing");
  if (typeof workItem !== "string") refuse("`workItem` takes a string");
  if (!WORK_ITEM.test(workItem)) refuse(`\`${workItem}\` cannot be a work item`);
  if (criterion === undefined) refuse("`criterion` is missing");
  const named = Array.isArray(criterion) ? criterion : [criterion];
  if (named.length === 0) refuse("no criterion is named");
  const seen = new Set();
  const found = named.map((text) => {
    if (typeof text !== "string") refuse("`criterion` takes a string or a list of strings");
    const parts = CRITERION.exec(text);
    if (parts === null) refuse(`\`${text}\` cannot be a criterion`);
    if (seen.has(parts[1])) refuse(`\`${parts[1]}\` is named twice`);
    seen.add(parts[1]);
    return { workItem, criterion: text };
  });
  if (revision !== undefined) {
    if (!Number.isInteger(revision) || revision < 1 || revision > 999_999_999) {
      refuse(`\`${String(revision)}\` cannot be a revision`);
    }
    if (found.length > 1) {
      refuse('a revision goes with one criterion, in a list it is written "AC-3@2"');
    }
    if (found[0].criterion.includes("@")) {
      refuse(`\`${found[0].criterion}\` names its revision already`);
    }
    found[0].criterion += `@${revision}`;
  }
  return found;
}

module.exports = { claims };
