//! Prints what loading the default policy and one judgement cost.

use std::hint::black_box;
use std::time::Instant;

use trail_policies::Engine;
use trail_port::Policy as _;
use trail_port::policy::{Action, Principal, Question, Subject};
use trail_record::body::Risk;
use trail_record::{Persona, UserId};

fn main() -> Result<(), trail_policies::Error> {
    let started = Instant::now();
    let engine = Engine::default_rules()?;
    println!(
        "load with examples: {:.2} ms",
        started.elapsed().as_secs_f64() * 1e3
    );
    let question = |principal, action, subject| Question {
        principal,
        action,
        item: "VSME-142".to_owned(),
        labels: vec!["area:export".to_owned()],
        risk: Risk::Medium,
        subject,
    };
    let coder = || Principal::Persona(Persona::Coder);
    let path = |path: &str| Subject::Path {
        path: path.to_owned(),
        in_scope: true,
    };
    let gate = Subject::Gate {
        name: "pr_create".to_owned(),
        requested_by: Persona::Tester,
        paths: (0..20).map(|n| format!("src/render/file{n}.rs")).collect(),
    };
    let spend = Subject::Spend {
        spent_micros: 5,
        budget_micros: Some(9),
        calls: 3,
        max_calls: 99,
    };
    let argv = vec!["cargo".to_owned(), "test".to_owned()];
    let klara = Principal::Human {
        id: UserId::from("klara"),
        approver: true,
    };
    let questions = [
        (
            "write a path",
            question(coder(), Action::Write, path("src/render/xbrl.rs")),
        ),
        (
            "read a path",
            question(coder(), Action::Read, path("src/render/xbrl.rs")),
        ),
        (
            "refuse a path",
            question(coder(), Action::Read, path(".git/config")),
        ),
        ("ask a model", question(coder(), Action::Think, spend)),
        (
            "run a command",
            question(
                coder(),
                Action::Run,
                Subject::Command {
                    argv,
                    configured: true,
                },
            ),
        ),
        ("approve 20 paths", question(klara, Action::Approve, gate)),
    ];
    const ROUNDS: u32 = 5_000;
    for (name, question) in &questions {
        let started = Instant::now();
        for _ in 0..ROUNDS {
            black_box(engine.judge(black_box(question)));
        }
        let each = started.elapsed().as_secs_f64() * 1e3 / f64::from(ROUNDS);
        println!("judge, {name}: {each:.4} ms");
    }
    Ok(())
}
