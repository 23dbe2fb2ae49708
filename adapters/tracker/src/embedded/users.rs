//! Accounts and their tokens.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest as _, Sha256};
use trail_record::UserId;

use super::event::What;
use super::row::{self, Account, Role, UserRow, login_key, token_key, user_key};
use super::{Core, Embedded, Error, rules};

/// A token as it was made: shown once, kept only as its digest.
pub struct NewToken(SecretString);

impl NewToken {
    /// Returns the token's text.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for NewToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewToken(…)")
    }
}

impl Embedded {
    /// Makes an account as the operator who owns the directory; the first admin is made so.
    ///
    /// # Errors
    /// If the login is taken or malformed.
    pub fn add_user(
        &self,
        login: &str,
        name: &str,
        role: Role,
    ) -> Result<(Account, NewToken), Error> {
        self.core.add_user(None, login, name, role)
    }

    /// Replaces the token of an account as the operator; the old one is refused from now on.
    ///
    /// # Errors
    /// If there is no such account.
    pub fn replace_token(&self, login_or_id: &str) -> Result<NewToken, Error> {
        self.core.replace_token(None, login_or_id)
    }

    /// Returns all accounts, in the order in which they were made.
    ///
    /// # Errors
    /// If the index fails.
    pub fn users(&self) -> Result<Vec<Account>, Error> {
        self.core.users()
    }
}

impl Core {
    /// Returns the account with this id or login.
    pub(super) fn account(&self, login_or_id: &str) -> Result<Account, Error> {
        Ok(self.user_row(login_or_id)?.account)
    }

    fn user_row(&self, login_or_id: &str) -> Result<UserRow, Error> {
        let missing = || Error::NotFound(format!("account {login_or_id}"));
        let by_id = row::get(&self.index, &user_key(&UserId::new(login_or_id)))?;
        if let Some(row) = by_id {
            return Ok(row);
        }
        let id: UserId = row::get(&self.index, &login_key(login_or_id))?.ok_or_else(missing)?;
        row::get(&self.index, &user_key(&id))?.ok_or_else(missing)
    }

    /// Returns the account `id` if its token is accepted.
    pub(super) fn active(&self, id: &UserId) -> Result<Account, Error> {
        let account = self.account(id.as_str())?;
        if account.disabled {
            Err(Error::Unauthenticated)
        } else {
            Ok(account)
        }
    }

    /// Returns the account whose token has this digest.
    pub(super) fn by_token(&self, digest: &str) -> Result<Account, Error> {
        // What is looked up is a digest of 32 random bytes: how long it takes tells nothing.
        let id: UserId =
            row::get(&self.index, &token_key(digest))?.ok_or(Error::Unauthenticated)?;
        self.active(&id)
    }

    pub(super) fn users(&self) -> Result<Vec<Account>, Error> {
        let rows = self.index.scan(b"u/", b"", usize::MAX)?;
        let mut users = rows
            .iter()
            .map(|(_, bytes)| Ok(row::parse::<UserRow>("u", bytes)?.account))
            .collect::<Result<Vec<_>, Error>>()?;
        users.sort_by_key(|account| number(&account.id));
        Ok(users)
    }

    pub(super) fn add_user(
        &self,
        by: Option<&Account>,
        login: &str,
        name: &str,
        role: Role,
    ) -> Result<(Account, NewToken), Error> {
        rules::login(login)?;
        rules::name(name)?;
        let (token, digest) = new_token()?;
        let account = self.administer(by, "make accounts", |core, seq| {
            if row::get::<UserId>(&core.index, &login_key(login))?.is_some() {
                return Err(Error::Refused(format!("the login {login} is taken")));
            }
            let account = Account {
                id: UserId::new(format!("u{seq}")),
                login: login.to_owned(),
                name: name.to_owned(),
                role,
                disabled: false,
            };
            let event = What::UserAdded {
                id: account.id.clone(),
                login: login.to_owned(),
                name: name.to_owned(),
                role,
                token: digest,
            };
            Ok((vec![event], account))
        })?;
        Ok((account, token))
    }

    /// Replaces a token: an admin anybody's, everybody their own, the operator all.
    pub(super) fn replace_token(
        &self,
        by: Option<&Account>,
        login_or_id: &str,
    ) -> Result<NewToken, Error> {
        let user = self.account(login_or_id)?.id;
        let (token, digest) = new_token()?;
        let by_admin = by.filter(|by| by.id != user);
        let what = What::TokenReplaced {
            user: user.clone(),
            token: digest,
        };
        match (by, by_admin) {
            (Some(own), None) => self.write(own, |_| Ok((vec![what], ()))),
            (by, _) => self.administer(by, "replace others' tokens", |_, _| Ok((vec![what], ()))),
        }?;
        Ok(token)
    }

    pub(super) fn set_disabled(
        &self,
        by: &Account,
        login_or_id: &str,
        disabled: bool,
    ) -> Result<Account, Error> {
        self.administer(Some(by), "disable accounts", |core, _| {
            let mut account = core.account(login_or_id)?;
            let user = account.id.clone();
            if user == by.id && disabled {
                let why = "an admin cannot disable their own account; ask another admin";
                return Err(Error::Refused(why.to_owned()));
            }
            let what = match (account.disabled, disabled) {
                (false, true) => vec![What::UserDisabled { user }],
                (true, false) => vec![What::UserEnabled { user }],
                (true, true) | (false, false) => Vec::new(),
            };
            account.disabled = disabled;
            Ok((what, account))
        })
    }

    /// Makes a change that only admins and the operator may make; `decide` gets the number of the
    /// event it makes.
    fn administer<T>(
        &self,
        by: Option<&Account>,
        what: &str,
        decide: impl FnOnce(&Self, u64) -> Result<(Vec<What>, T), Error>,
    ) -> Result<T, Error> {
        match by {
            None => self.operate(|head| decide(self, head.seq + 1)),
            Some(by) => {
                rules::admin(by, what)?;
                self.write(by, |head| decide(self, head.seq + 1))
            }
        }
    }
}

/// Returns the number in an account id.
fn number(id: &UserId) -> u64 {
    id.as_str()
        .get(1..)
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(u64::MAX)
}

/// Returns the digest under which a token is kept.
pub(super) fn token_digest(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

/// Returns `bytes` random bytes as hexadecimal digits.
pub(super) fn random_hex(bytes: usize) -> Result<String, Error> {
    let mut random = vec![0; bytes];
    getrandom::fill(&mut random)
        .map_err(|error| Error::Damaged(format!("no randomness: {error}")))?;
    Ok(hex::encode(random))
}

fn new_token() -> Result<(NewToken, String), Error> {
    let token = format!("trk_{}", random_hex(32)?);
    let digest = token_digest(&token);
    Ok((NewToken(token.into()), digest))
}
