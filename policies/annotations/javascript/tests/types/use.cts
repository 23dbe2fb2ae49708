import trail = require("@trail/annotations");

const double: (n: number) => number = trail.validates({ workItem: "X-1", criterion: "AC-1" }, (n: number) => n * 2);
double(2);
