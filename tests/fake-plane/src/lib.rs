//! A Plane stand-in with Plane's measured weaknesses, and with faults on demand.
