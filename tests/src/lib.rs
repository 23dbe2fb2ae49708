//! Contract suites, golden and tampered chains, walkthroughs, simulated worlds and end-to-end runs.
