//! Making a set-up directory: keys, policy, the first trust document, and with the embedded tracker
//! that tracker and its accounts.
//!
//! Everything is made in a draft beside the directory and moved there when it is whole, so that a
//! failure leaves nothing half made. `trail init` and `trail demo` found projects with it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use secrecy::SecretString;
use trail_record::trust::{Approver, KeyTrust, PersonaTrust};
use trail_record::{Keypair, Persona, ProjectId, UserId};
use trail_tracker::{Account, Embedded, Project, Role};

use crate::config::{Filled, template};
use crate::layout::{CONFIG, Layout};
use crate::output::{Exit, Hinted, usage};
use crate::private;
use crate::setup::Setup;
use crate::{trust, wire};

/// What is to be founded.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// The set-up directory; not there yet, or empty.
    pub(crate) root: PathBuf,
    /// Where the operator's private key is written.
    pub(crate) operator_key: PathBuf,
    /// The configuration.
    pub(crate) filled: Filled,
    /// Whose accounts count.
    pub(crate) people: People,
}

/// Whose accounts count.
#[derive(Debug, Clone)]
pub(crate) enum People {
    /// Those of an embedded tracker that is to be made, with one human.
    New {
        /// The first human's login.
        login: String,
        /// Their name.
        name: String,
        /// Whether that human is played, as in the demo.
        simulated: bool,
    },
    /// Accounts that are at the tracker already.
    There {
        /// Each persona's account.
        personas: Vec<(Persona, UserId)>,
        /// The humans whose word counts at gates.
        approvers: Vec<Approver>,
    },
}

/// What was founded.
pub(crate) struct Founded {
    /// The set-up, opened.
    pub(crate) setup: Setup,
    /// The operator's key.
    pub(crate) operator: Keypair,
    /// The first human's account and token, which is kept nowhere, if the tracker was made.
    pub(crate) human: Option<(Account, SecretString)>,
}

/// What git must not take up, should the directory be put under version control.
const GITIGNORE: &str = "\
# Private, or made again by itself.
/keys/
/tokens/
/refs/
/tracker/
/workers/
/worktrees/
";

/// Makes a set-up directory; `last` is done when all of it is there but its name, and undoes it all
/// by failing.
///
/// # Errors
/// If anything of it is there already, or the repository cannot be worked on.
pub(crate) async fn found(
    plan: &Plan,
    last: impl AsyncFnOnce(&Setup) -> anyhow::Result<()>,
) -> anyhow::Result<Founded> {
    let root = std::path::absolute(&plan.root)?;
    refuse_to_overwrite(&root, &plan.operator_key)?;
    let parent = root
        .parent()
        .context("a set-up directory lies in a folder")?;
    fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
    let draft = tempfile::Builder::new()
        .prefix(".trail-draft-")
        .tempdir_in(parent)
        .with_context(|| format!("cannot write in {}", parent.display()))?;
    let operator = private::new_key()?;
    let human = fill(plan, draft.path(), &operator).await?;
    last(&Setup::at(Layout::at(draft.path()))?).await?;

    let folder = plan
        .operator_key
        .parent()
        .context("the operator's key lies in a folder")?;
    private::make_dir(folder)?;
    private::write_new(&plan.operator_key, &operator.to_pem())?;
    if let Err(error) = fs::rename(draft.path(), &root) {
        // Without its directory the key is of no use and would only be in the way of a second try.
        let _ = fs::remove_file(&plan.operator_key);
        return Err(error).with_context(|| format!("cannot make {}", root.display()));
    }
    // It lies elsewhere now; there is nothing left to remove.
    let _ = draft.keep();
    Ok(Founded {
        setup: Setup::at(Layout::at(root))?,
        operator,
        human,
    })
}

/// Refuses where something is in the way of a new set-up directory.
///
/// # Errors
/// What is in the way.
pub(crate) fn refuse_to_overwrite(root: &Path, operator_key: &Path) -> anyhow::Result<()> {
    let taken = match fs::read_dir(root) {
        Ok(mut entries) => entries.next().is_some(),
        Err(_) => root.exists(),
    };
    if taken {
        let what = if root.join(CONFIG).is_file() {
            "holds a set-up already"
        } else {
            "is not empty"
        };
        return Err(usage(
            format!("{} {what}", root.display()),
            "nothing was changed; name another directory with --dir, or move this one away",
        ));
    }
    if operator_key.exists() {
        let message = format!("an operator's key is in {} already", operator_key.display());
        return Err(Hinted::new(Exit::Usage, message)
            .help("nothing was changed; name the project otherwise with --project, or another place with --operator-key")
            .into());
    }
    Ok(())
}

/// Fills a set-up directory, which may hold other things than a set-up already.
pub(crate) async fn fill(
    plan: &Plan,
    root: &Path,
    operator: &Keypair,
) -> anyhow::Result<Option<(Account, SecretString)>> {
    let layout = Layout::at(root);
    fs::write(layout.config(), template(&plan.filled))?;
    fs::write(root.join(".gitignore"), GITIGNORE)?;
    fs::write(layout.operator_public(), format!("{}\n", operator.public()))?;
    for folder in [layout.trust(), layout.checkpoints()] {
        fs::create_dir(folder)?;
    }
    for folder in [layout.keys(), layout.tokens(), layout.worktrees()] {
        private::make_dir(&folder)?;
    }
    let policies = layout.policies();
    trail_policies::write_default(&policies)?;

    // From here on the configuration is read as it will be later.
    let setup = Setup::at(layout)?;
    wire::workspace(&setup).await?;
    let (accounts, approvers, human) = match &plan.people {
        People::New {
            login,
            name,
            simulated,
        } => {
            let (accounts, human, token) = open_tracker(&setup, plan, login, name).await?;
            let approver = Approver {
                id: human.id.clone(),
                name: human.name.clone(),
                simulated: *simulated,
            };
            (accounts, vec![approver], Some((human, token)))
        }
        People::There {
            personas,
            approvers,
        } => (personas.clone(), approvers.clone(), None),
    };
    let mut personas = Vec::new();
    for (persona, account) in accounts {
        let key = private::new_key()?;
        private::write_new(&setup.layout.key(persona), &key.to_pem())?;
        let key = KeyTrust {
            key: key.public(),
            revoked: None,
        };
        personas.push(PersonaTrust {
            persona,
            account,
            keys: vec![key],
        });
    }
    let document = trust::first(
        setup.project(),
        personas,
        approvers,
        trust::policy(&setup)?,
        operator,
        trust::endpoints(&setup)?,
    );
    trust::issue(&setup, document, operator)?;
    Ok(human)
}

/// Makes the tracker with its accounts; the personas' tokens are written down, the human's is not.
async fn open_tracker(
    setup: &Setup,
    plan: &Plan,
    login: &str,
    name: &str,
) -> anyhow::Result<(Vec<(Persona, UserId)>, Account, SecretString)> {
    let dir = setup.layout.tracker();
    let project = Project {
        id: ProjectId::new(plan.filled.project.clone()),
        prefix: plan.filled.prefix.clone(),
    };
    let (login, name) = (login.to_owned(), name.to_owned());
    let made = tokio::task::spawn_blocking(move || {
        private::make_dir(&dir)?;
        let tracker = Embedded::open(&dir, &project)?;
        let (human, token) = tracker.add_user(&login, &name, Role::Admin)?;
        let mut personas = Vec::new();
        for persona in Persona::ALL {
            let name = format!("Trail {persona}");
            personas.push(tracker.add_user(persona.as_str(), &name, Role::Bot)?);
        }
        Ok::<_, anyhow::Error>((personas, human, token))
    });
    let (made, human, token) = made.await??;
    let mut accounts = Vec::new();
    for ((account, token), persona) in made.into_iter().zip(Persona::ALL) {
        private::write_new(
            &setup.layout.token(persona),
            &format!("{}\n", token.expose()),
        )?;
        accounts.push((persona, account.id));
    }
    Ok((accounts, human, token.expose().into()))
}
