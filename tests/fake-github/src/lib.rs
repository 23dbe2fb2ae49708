//! A GitHub stand-in with GitHub's measured weaknesses, and with faults on demand.
