// The same for ES modules. `implements` is a reserved word, but may be the name of an export.
import annotations from "./index.cjs";

export const { validates, implementing, documents } = annotations;
export { implementing as implements };
