import { test, describe, it } from "node:test";
import { validates, implementing, validates as proves } from "@trail/annotations";
import * as trail from "../vendor/trail/index.js";

test("one", validates({ workItem: "X-1", criterion: "AC-1" }, () => { assert(1); }));
test("both", validates({ workItem: "X-1", criterion: ["AC-2", "AC-3@2"] },
  validates({ workItem: "Y-2", criterion: 'AC-1', revision: 2 }, async (t) => {
    assert(t);
  })));

describe("flows", proves({ workItem: "X-1", criterion: "AC-4" }, () => {
  it("inherits", () => { expect(1).toBe(1); });
  it.skip("skipped", () => { expect(1).toBe(1); });
  describe.skip("off", () => {
    test.each([[1], [2]])("title %s", trail.validates({ workItem: "X-1", criterion: "AC-5" }, (row) => { assert(row); }));
  });
  it(`template`, function () { assert(1); });
  it(`with ${place}`, () => { assert(1); });
  it("empty", () => {});
  it.todo("later");
  it("without a function");
  test("options", { skip: true, timeout: 5 }, () => { assert(1); });
  test.only("only", trail.validates({ workItem: "X-1", criterion: "AC-6" }, (done) => { done(); }), 500);
  xit("x", () => { assert(1); });
}));

// As it was written at first.
trail.validates({ workItem: 'X-1', criterion: 'AC-7' }, "seven", () => {});
trail.validates({
  "workItem": "X-1",
  "criterion": "AC-8",
}, test)("eight", async () => { const r = /"/; });
trail.validates({ workItem: "X-1", criterion: "AC-9" })(test)("nine", () => { assert(1); });
trail.validates({ workItem: "X-1", criterion: "AC-10" }, () => test("ten", () => { assert(1); }));

// trail:validates X-1 AC-11
it.only(`eleven`, () => { assert(1); });
/* trail:validates X-1 AC-12 */
export async function twelve() {}
// trail.validates({ workItem: "X-1", criterion: "AC-99" }, "commented", f);
const s = 'trail.validates({ workItem: "X-1", criterion: "AC-99" }, "quoted", f)';
const u = `
// trail:validates X-1 AC-99
trail.validates({ workItem: "X-1", criterion: "AC-99" }, "quoted", f)`;
other.trail.validates({ workItem: "X-1", criterion: "AC-99" }, "foreign", f);
/x/.test("not a test", () => {});
re.test("not a test either");

export const parse = trail.implements({ workItem: "X-1", criterion: "AC-13" }, function parse(text) {
  return text;
});
const render = implementing({ workItem: "X-1", criterion: "AC-14" }, (report) => report);

// trail:implements X-1 AC-15
export default class Report {
  // trail:implements X-1 AC-16
  render() {
    return 1;
  }
  /** trail:documents X-1 AC-17 */
  format = "text";
}

// trail:implements X-1 AC-18
export const LIMIT = 5;

test("sub", async (t) => {
  await t.test("inner", validates({ workItem: "X-1", criterion: "AC-19" }, () => { assert(1); }));
});
