//! Evidence bundles: one file that holds what is needed to verify an item.
