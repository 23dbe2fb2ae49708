"use strict";
// Reads the words every annotation package must take or refuse.

const fs = require("node:fs");
const path = require("node:path");

const text = (word) => (word === "''" ? "" : word);

/** Returns the cases as `{ line, verdict, link, expected }`. */
exports.cases = function cases() {
  const file = path.join(__dirname, "../../cases.tsv");
  return fs
    .readFileSync(file, "utf8")
    .split("\n")
    .map((row, index) => ({ row, line: index + 1 }))
    .filter(({ row }) => row !== "" && !row.startsWith("#"))
    .map(({ row, line }) => {
      const [verdict, workItem, criteria, revision, expected] = row.split("\t");
      const criterion = criteria === "-" ? [] : criteria.split(" ").map(text);
      const link = { workItem: text(workItem), criterion };
      if (revision !== "-") link.revision = Number(revision);
      return { line, verdict, link, expected };
    });
};
