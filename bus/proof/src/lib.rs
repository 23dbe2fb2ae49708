//! Reads what test runners told, joins it with annotations, and judges what tests prove.
