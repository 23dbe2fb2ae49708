/** The criteria an annotation names. */
export interface Link {
  /** The work item's key: `"PROJ-1234"`, `"owner/repo#12"` or `"#12"`. */
  workItem: string;
  /** One criterion or several: `"AC-3"`, or `"AC-3@2"` for its revision 2. */
  criterion: string | readonly string[];
  /** The revision, where one criterion is named without it. */
  revision?: number;
}

/**
 * Says that a test, or each test of a `describe` block, validates a criterion.
 * Returns the function it is given. Throws a `TypeError` if the link is malformed.
 */
export function validates<F extends (...args: never[]) => unknown>(link: Link, fn: F): F;

/** Says that code implements a criterion. Returns what it is given. */
declare function implementing<T>(link: Link, thing: T): T;
export { implementing, implementing as implements };

/** Says that something documents a criterion. Returns what it is given. */
export function documents<T>(link: Link, thing: T): T;
