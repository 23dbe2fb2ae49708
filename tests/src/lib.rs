//! Contract suites, golden and tampered chains, walkthroughs, simulated worlds and end-to-end runs.

pub mod contract;
pub mod faulty;
pub mod seed;

pub mod fakes;
pub mod told;
pub mod world;

pub mod binary;
pub mod foreign;
pub mod founding;
pub mod installation;
pub mod pages;
pub mod service;
