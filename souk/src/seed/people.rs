//! Demo customers and staff. Their passwords are in the open: the shop of `souk up` listens on this machine only.

use std::{collections::BTreeMap, path::Path};

use serde_json::Value;

use crate::{home::write_private, up::Login};

const PEOPLE: &str = include_str!("../../demo/people.json");

/// Writes the list that accounts reads at its start (`SOUK_BOOTSTRAP_ACCOUNTS`).
///
/// # Errors
/// What the file system says.
pub fn write_people(path: &Path) -> anyhow::Result<()> {
    Ok(write_private(path, PEOPLE.as_bytes())?)
}

/// The first person of each role: `customer`, `staff`, `admin`.
pub fn logins() -> BTreeMap<String, Login> {
    let people: Vec<Value> = serde_json::from_str(PEOPLE).unwrap_or_default();
    let mut logins = BTreeMap::new();
    for person in people {
        let text = |name: &str| person[name].as_str().unwrap_or_default().to_owned();
        let login = Login { email: text("email"), password: text("password") };
        logins.entry(text("role").to_lowercase()).or_insert(login);
    }
    logins
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_has_a_login() {
        let logins = logins();
        assert_eq!(logins.keys().collect::<Vec<_>>(), ["admin", "customer", "staff"]);
        assert!(logins.values().all(|login| login.email.contains('@') && login.password.len() >= 12));
    }
}
