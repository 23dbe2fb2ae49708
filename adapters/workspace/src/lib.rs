//! Git worktrees by the git command line, and the sandbox that commands run in.
