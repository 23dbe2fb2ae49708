const { multiply } = require("../new.js");
const { validates } = require("@trail/annotations");

test("multiplies", validates({ workItem: "SHOP-1", criterion: "AC-6" }, () => { multiply(1, 2); }));
