//! What a fake begins with.

use std::collections::BTreeMap;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{KeyPair as _, RsaKeyPair};

use crate::clock::Clock;
use crate::limits::Limits;

/// What an account may do in the repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// No collaborator: an outsider.
    None,
    /// May read, comment and file.
    Read,
    /// May also label, close and reopen.
    Triage,
    /// May also push, and edit and delete what others wrote.
    Write,
    /// May also manage some settings.
    Maintain,
    /// May do everything.
    Admin,
}

impl Role {
    /// Returns GitHub's name of the role (`role_name`).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Read => "read",
            Self::Triage => "triage",
            Self::Write => "write",
            Self::Maintain => "maintain",
            Self::Admin => "admin",
        }
    }

    /// Returns the older, coarser name (`permission`): maintain is write, triage is read.
    #[must_use]
    pub const fn permission(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Read | Self::Triage => "read",
            Self::Write | Self::Maintain => "write",
            Self::Admin => "admin",
        }
    }
}

/// How far a permission goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Read.
    Read,
    /// Read and write.
    Write,
}

impl Level {
    /// Returns GitHub's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// Permissions by name (`issues`, `pull_requests`, `contents`, `metadata` ...).
pub type Permissions = BTreeMap<String, Level>;

/// What kind of token an account has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenKind {
    /// A classic personal access token with these scopes.
    Classic(Vec<String>),
    /// A fine-grained personal access token with these permissions in the repository.
    FineGrained(Permissions),
}

/// An account with a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// What people type.
    pub login: String,
    /// What people read.
    pub name: String,
    /// What it may do in the repository.
    pub role: Role,
    /// Its token.
    pub token: String,
    /// What kind of token.
    pub kind: TokenKind,
    /// Whether GitHub calls it a `Bot`. Most bots are made by [`App`]; some of GitHub's own (Copilot,
    /// say) are named like users.
    pub bot: bool,
}

impl Account {
    /// Makes a user with a classic token `ghp_LOGIN` that may do all that the user may.
    #[must_use]
    pub fn new(login: &str, role: Role) -> Self {
        Self {
            login: login.to_owned(),
            name: format!("Name of {login}"),
            role,
            token: format!("ghp_{login}"),
            kind: TokenKind::Classic(vec!["repo".to_owned()]),
            bot: false,
        }
    }

    /// Makes it a bot.
    #[must_use]
    pub const fn bot(mut self) -> Self {
        self.bot = true;
        self
    }

    /// Gives it a fine-grained token with these permissions instead.
    #[must_use]
    pub fn fine_grained(mut self, permissions: &[(&str, Level)]) -> Self {
        self.token = format!("github_pat_{}", self.login);
        self.kind = TokenKind::FineGrained(named(permissions));
        self
    }
}

/// A GitHub App, installed in the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    /// Its id, which its tokens name as issuer.
    pub id: u64,
    /// Its name in addresses; its bot is `slug[bot]`.
    pub slug: String,
    /// The id of its installation.
    pub installation: u64,
    /// What the installation may do.
    pub permissions: Permissions,
    /// The public half of its key: DER, `RSAPublicKey` (RFC 8017, A.1.1).
    pub public_key: Vec<u8>,
}

impl App {
    /// Makes an App that signs with [`APP_KEY`](crate::APP_KEY).
    ///
    /// # Panics
    /// Never: the key is part of this crate.
    #[must_use]
    pub fn new(id: u64, slug: &str, permissions: &[(&str, Level)]) -> Self {
        let pem: String = crate::APP_KEY
            .lines()
            .filter(|line| !line.starts_with("-----"))
            .collect();
        let der = STANDARD.decode(pem).expect("the key is PEM");
        let key = RsaKeyPair::from_der(&der).expect("the key is PKCS#1");
        Self {
            id,
            slug: slug.to_owned(),
            installation: id + 1_000_000,
            permissions: named(permissions),
            public_key: key.public_key().as_ref().to_vec(),
        }
    }
}

fn named(permissions: &[(&str, Level)]) -> Permissions {
    let owned = permissions
        .iter()
        .map(|(name, level)| ((*name).to_owned(), *level));
    owned.collect()
}

/// What a fake begins with: one repository, its people and its rules.
#[derive(Debug, Clone)]
pub struct Seed {
    /// Who owns the repository: an organization that is nobody's account.
    pub owner: String,
    /// The repository's name.
    pub repo: String,
    /// Whether outsiders may not see it.
    pub private: bool,
    /// The accounts.
    pub accounts: Vec<Account>,
    /// The Apps.
    pub apps: Vec<App>,
    /// The labels there are.
    pub labels: Vec<String>,
    /// The branches there are, with the commits they stand at. The default branch is `main`.
    pub branches: Vec<(String, String)>,
    /// A bare git repository on disk, whose branches there are too.
    pub bare: Option<PathBuf>,
    /// The clock.
    pub clock: Clock,
    /// The limits.
    pub limits: Limits,
    /// Whether sub-issues, dependencies and issue types exist there.
    pub relations: bool,
    /// Whether one needs push access to be told of another's permission, as GitHub asks of users'
    /// tokens. Apps need `metadata: read` only.
    pub permission_needs_push: bool,
}

impl Default for Seed {
    fn default() -> Self {
        Self {
            owner: "acme".to_owned(),
            repo: "widgets".to_owned(),
            private: false,
            accounts: Vec::new(),
            apps: Vec::new(),
            labels: Vec::new(),
            branches: vec![("main".to_owned(), "1".repeat(40))],
            bare: None,
            clock: Clock::default(),
            limits: Limits::default(),
            relations: true,
            permission_needs_push: true,
        }
    }
}

impl Seed {
    /// Makes a seed with these accounts.
    #[must_use]
    pub fn with(accounts: impl IntoIterator<Item = Account>) -> Self {
        Self {
            accounts: accounts.into_iter().collect(),
            ..Self::default()
        }
    }
}
