import { multiply } from "../new.mjs";
import { test } from "vitest";
import { validates } from "@trail/annotations";

test("multiplies", validates({ workItem: "SHOP-1", criterion: "AC-6" }, () => { multiply(1, 2); }));
