//! The four personas: prompts, tools and the turn machine, without IO.
