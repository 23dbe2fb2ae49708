const trail = require("@trail/annotations");
const { validates: v } = require("other");
const AC: string = "AC-3";

test("name", trail.validates({ workItem: "X-1", criterion: AC }, () => { run<number>(1); }));
test("template", trail.validates({ workItem: "X-1", criterion: `AC-${3}` }, () => { run(1); }));
test("plain template", trail.validates({ workItem: "X-1", criterion: `AC-3` }, () => { run(1); }));
test("sum", trail.validates({ workItem: "X-1", criterion: "AC-" + 3 }, () => { run(1); }));
test("spread", trail.validates({ ...link, criterion: "AC-3" }, () => { run(1); }));
test("shorthand", trail.validates({ workItem, criterion: "AC-3" }, () => { run(1); }));
test("variable", trail.validates(link, () => { run(1); }));
test("nothing", trail.validates(() => { run(1); }));
test("no item", trail.validates({ criterion: "AC-3" }, () => { run(1); }));
test("python's name", trail.validates({ work_item: "X-1", criterion: "AC-3" }, () => { run(1); }));
test("as const", trail.validates({ workItem: "X-1" as const, criterion: "AC-3" }, () => { run(1); }));
test("foreign", v({ workItem: "X-1", criterion: "AC-3" }, () => { run(1); }));
test("method", trail.validates({ workItem() { return 1; }, criterion: "AC-3" }, () => { run(1); }));

// trail:documents X-1 AC-4
interface Shape { a: number }
// trail:documents X-1 AC-5
type Other = Shape | undefined;
// trail:implements X-1 AC-6
enum Kind { One }
// trail:implements X-1 AC-7
namespace Space {
  // trail:implements X-1 AC-8
  export function inside<T>(a: T): T { return a; }
}
@decorated
// trail:implements X-1 AC-9
abstract class Base {}
