//! A budget of requests that all processes acting as one identity share.
