//! Plane work items as the bus.
