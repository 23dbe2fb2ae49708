//! Append-only segments, content-addressed blobs and sled as their rebuildable index.
