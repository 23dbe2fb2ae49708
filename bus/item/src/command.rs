//! The commands people write in comments.
//!
//! A comment is talk unless one of its lines starts with `/word`, outside quotes, code and HTML
//! comments. One command counts per comment. Nothing is ever guessed: a typo becomes a [`Mistake`]
//! that the reply answers with what was probably meant. Who may command what is policy's business.

mod parse;
pub(crate) mod suggest;

use std::fmt;

use trail_record::ItemKey;

use crate::code::Code;

pub use parse::parse;

/// What a comment says to Trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parsed {
    /// No command: people talk to each other.
    Nothing,
    /// One well-formed command.
    Command(Command),
    /// Something that was meant as a command and is none.
    Mistake(Mistake),
}

/// A well-formed command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Take the item up as it is now.
    Start {
        /// The code of the item's text.
        code: Code,
    },
    /// Let a gate's request through.
    Approve {
        /// The code of the request.
        code: Code,
        /// Why, if given.
        why: Option<String>,
    },
    /// Refuse a gate's request.
    Reject {
        /// The code of the request.
        code: Code,
        /// Why: the input of the next attempt.
        why: String,
    },
    /// Go on with the item's text as it is now.
    Amend {
        /// The code of the changed text.
        code: Code,
    },
    /// Stop for the time being.
    Hold {
        /// Why, if given.
        why: Option<String>,
    },
    /// Go on after a hold.
    Resume,
    /// Try again after a failure.
    Retry,
    /// Give the item up.
    Cancel {
        /// Why, if given.
        why: Option<String>,
    },
    /// Clear a finding.
    Dispose {
        /// The code of the finding.
        code: Code,
        /// Why it may be cleared.
        why: String,
    },
    /// Take back what was delivered: without a code, say what that would do.
    Revert {
        /// The code under which it was told what that does, if it is to be done.
        code: Option<Code>,
        /// Items that build on it and are taken back as well.
        with: Vec<ItemKey>,
        /// Why, if given.
        why: Option<String>,
    },
}

/// The word a command starts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Word {
    /// `/start`
    Start,
    /// `/approve`
    Approve,
    /// `/reject`
    Reject,
    /// `/amend`
    Amend,
    /// `/hold`
    Hold,
    /// `/resume`
    Resume,
    /// `/retry`
    Retry,
    /// `/cancel`
    Cancel,
    /// `/dispose`
    Dispose,
    /// `/revert`
    Revert,
}

/// Something that was meant as a command and is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mistake {
    /// The word is no command.
    UnknownCommand {
        /// The word without its slash, as written.
        word: String,
        /// The command it probably means.
        did_you_mean: Option<Word>,
    },
    /// The command names no code.
    MissingCode {
        /// The command.
        command: Word,
    },
    /// The command needs a reason.
    MissingWhy {
        /// The command.
        command: Word,
    },
    /// What should be a code is none.
    MalformedCode {
        /// The command.
        command: Word,
        /// What was given.
        given: String,
    },
    /// The line reads like a command but has no slash.
    MissingSlash {
        /// The command it reads like.
        command: Word,
    },
    /// There are several commands; the words as written.
    Several(Vec<String>),
    /// The comment holds characters that its readers cannot see.
    Hidden,
}

impl Word {
    /// All words, in the order in which help lists them.
    pub const ALL: [Self; 10] = [
        Self::Start,
        Self::Approve,
        Self::Reject,
        Self::Amend,
        Self::Hold,
        Self::Resume,
        Self::Retry,
        Self::Cancel,
        Self::Dispose,
        Self::Revert,
    ];

    /// Returns the word without its slash.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Amend => "amend",
            Self::Hold => "hold",
            Self::Resume => "resume",
            Self::Retry => "retry",
            Self::Cancel => "cancel",
            Self::Dispose => "dispose",
            Self::Revert => "revert",
        }
    }

    /// Returns how the command is written, for help.
    #[must_use]
    pub const fn usage(self) -> &'static str {
        match self {
            Self::Start => "/start CODE",
            Self::Approve => "/approve CODE [why]",
            Self::Reject => "/reject CODE why",
            Self::Amend => "/amend CODE",
            Self::Hold => "/hold [why]",
            Self::Resume => "/resume",
            Self::Retry => "/retry",
            Self::Cancel => "/cancel [why]",
            Self::Dispose => "/dispose CODE why",
            Self::Revert => "/revert [CODE [with KEY...] [why]]",
        }
    }

    /// Returns whether the command names a code, or may.
    #[must_use]
    pub const fn takes_code(self) -> bool {
        match self {
            Self::Start
            | Self::Approve
            | Self::Reject
            | Self::Amend
            | Self::Dispose
            | Self::Revert => true,
            Self::Hold | Self::Resume | Self::Retry | Self::Cancel => false,
        }
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Command {
    /// Returns the word the command starts with.
    #[must_use]
    pub const fn word(&self) -> Word {
        match self {
            Self::Start { .. } => Word::Start,
            Self::Approve { .. } => Word::Approve,
            Self::Reject { .. } => Word::Reject,
            Self::Amend { .. } => Word::Amend,
            Self::Hold { .. } => Word::Hold,
            Self::Resume => Word::Resume,
            Self::Retry => Word::Retry,
            Self::Cancel { .. } => Word::Cancel,
            Self::Dispose { .. } => Word::Dispose,
            Self::Revert { .. } => Word::Revert,
        }
    }

    /// Returns the code the command names.
    #[must_use]
    pub const fn code(&self) -> Option<Code> {
        match self {
            Self::Start { code }
            | Self::Approve { code, .. }
            | Self::Reject { code, .. }
            | Self::Amend { code }
            | Self::Dispose { code, .. } => Some(*code),
            Self::Revert { code, .. } => *code,
            Self::Hold { .. } | Self::Resume | Self::Retry | Self::Cancel { .. } => None,
        }
    }

    /// Returns the reason given.
    #[must_use]
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Approve { why, .. }
            | Self::Hold { why }
            | Self::Cancel { why }
            | Self::Revert { why, .. } => why.as_deref(),
            Self::Reject { why, .. } | Self::Dispose { why, .. } => Some(why),
            Self::Start { .. } | Self::Amend { .. } | Self::Resume | Self::Retry => None,
        }
    }
}
