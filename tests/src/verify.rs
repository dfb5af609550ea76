//! `souk verify` on a test's shop: all that the shop promises, at rest and under load.

use std::{
    fmt::Write as _,
    process::{Output, Stdio},
    sync::{Mutex, PoisonError},
};

use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::shop::{Shop, binary, signal};

/// How long a busy shop may take to come to rest: a killed process comes back, leases run out, retries happen.
const REST_SECONDS: &str = "120";

/// What the clients of a test saw, to be held against the databases.
#[derive(Debug, Default)]
pub struct Seen(Mutex<Vec<Value>>);

impl Seen {
    /// An order that the client was told of, and the input that it was placed with.
    pub fn placed(&self, order: &Value, input: &Value) {
        self.note(json!({ "order": order, "key": input["idempotencyKey"] }));
    }

    /// The versions that one subscription gave, to its end.
    pub fn watched(&self, order: &Value, versions: &[u64]) {
        self.note(json!({ "order": order, "versions": versions }));
    }

    /// The same of a client who left before the order came to rest.
    pub fn watched_in_part(&self, order: &Value, versions: &[u64]) {
        self.note(json!({ "order": order, "versions": versions, "left": true }));
    }

    fn note(&self, sighting: Value) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(sighting);
    }

    fn lines(&self) -> String {
        let mut lines = String::new();
        for sighting in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let _ = writeln!(lines, "{sighting}");
        }
        lines
    }
}

/// A check of what must hold at every moment, which runs until it is ended.
#[derive(Debug)]
pub struct Watch(Child);

impl Shop {
    /// Waits until the shop is at rest and checks every invariant.
    ///
    /// # Panics
    /// When one is violated, or the shop does not come to rest: with the report.
    pub async fn verify(&self) {
        self.verify_seen(&Seen::default()).await;
    }

    /// The same, also against what the clients saw.
    ///
    /// # Panics
    /// As [`Shop::verify`].
    pub async fn verify_seen(&self, seen: &Seen) {
        check(&self.report(seen).await);
    }

    /// What `souk verify` says of the shop at rest and of what the clients saw.
    ///
    /// # Panics
    /// When the program cannot be started.
    pub async fn report(&self, seen: &Seen) -> Output {
        let mut command = self.souk_verify();
        command.args(["--wait", REST_SECONDS]);
        let file = self.data().with_file_name(format!("seen-{}.jsonl", uuid::Uuid::new_v4().simple()));
        let lines = seen.lines();
        if !lines.is_empty() {
            std::fs::write(&file, lines).expect("the folder is ours");
            command.arg("--seen").arg(&file);
        }
        command.output().await.expect("souk verify can be started")
    }

    /// Checks from now on what must hold at every moment.
    ///
    /// # Panics
    /// When the program cannot be started.
    pub fn watch(&self) -> Watch {
        let mut command = self.souk_verify();
        command.args(["--watch", "--every", "250"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        Watch(command.spawn().expect("souk verify can be started"))
    }

    fn souk_verify(&self) -> Command {
        let mut command = Command::new(binary());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.args(["verify", "--data"]).arg(self.data()).stdin(Stdio::null()).kill_on_drop(true);
        command
    }
}

impl Watch {
    /// Ends it.
    ///
    /// # Panics
    /// When it saw a violation: with the report.
    pub async fn end(self) {
        if let Some(pid) = self.0.id() {
            signal(pid, "TERM");
        }
        check(&self.0.wait_with_output().await.expect("a child of ours can be waited for"));
    }
}

fn check(output: &Output) {
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "souk verify:\n{told}{}", String::from_utf8_lossy(&output.stderr));
}
