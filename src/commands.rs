//! The commands, one file each: what it takes, what it does, what it prints.

pub(crate) mod approve;
pub(crate) mod audit;
pub(crate) mod checkpoint;
pub(crate) mod comment;
pub(crate) mod compare;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod export;
pub(crate) mod file;
pub(crate) mod init;
pub(crate) mod keys;
pub(crate) mod log;
pub(crate) mod reconcile;
pub(crate) mod reject;
pub(crate) mod replay;
pub(crate) mod report;
pub(crate) mod serve;
pub(crate) mod show;
pub(crate) mod status;
pub(crate) mod trace;
pub(crate) mod up;
pub(crate) mod verify;
pub(crate) mod why;
pub(crate) mod worker;
