// Compiled, never run: what may be written and what may not.
import * as trail from "@trail/annotations";
import { implementing, validates } from "@trail/annotations";

declare function test(title: string, fn: (t: { name: string }) => void | Promise<void>): void;

test("plain", validates({ workItem: "X-1", criterion: "AC-1" }, async (t) => void t.name.length));
test("several", trail.validates({ workItem: "X-1", criterion: ["AC-1", "AC-2@2"] }, () => {}));

const callback: (done: () => void) => void = validates({ workItem: "X-1", criterion: "AC-1", revision: 2 }, (done: () => void) => done());
callback(() => {});

class Parser {
  readonly text = "";
}
const Annotated: typeof Parser = trail.implements({ workItem: "X-1", criterion: "AC-1" }, Parser);
const length: number = new (implementing({ workItem: "X-1", criterion: "AC-1" }, Annotated))().text.length;
trail.documents({ workItem: "X-1", criterion: "AC-1" }, length);

// @ts-expect-error the work item is missing
validates({ criterion: "AC-1" }, () => {});
// @ts-expect-error arguments are named in the language's own way
validates({ work_item: "X-1", criterion: "AC-1" }, () => {});
// @ts-expect-error a revision is a number
validates({ workItem: "X-1", criterion: "AC-1", revision: "2" }, () => {});
// @ts-expect-error the function is missing
validates({ workItem: "X-1", criterion: "AC-1" });
