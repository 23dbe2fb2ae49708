import { multiply } from "../new.mjs";
import { test } from "node:test";
import { validates } from "@trail/annotations";

test("multiplies", validates({ workItem: "SHOP-1", criterion: "AC-6" }, () => { multiply(1, 2); }));
