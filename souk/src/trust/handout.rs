//! For services that run without the launcher: one file of variables for each, with what it alone may know, and the
//! statements that make its database and user.

use std::path::PathBuf;

use anyhow::Context as _;

use super::Trust;
use crate::{
    home::write_durable,
    infra::mysql::{ServiceAccount, account_script},
    services::Service,
};

impl Trust {
    /// Writes `<service>.env` for every service and `mysql.sql`. `mysql` is host:port of the server.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write_handouts(&self, mysql: &str) -> anyhow::Result<()> {
        let accounts = ServiceAccount::all(&self.secrets);
        for service in Service::ALL {
            let mut variables = self.variables(service);
            if let Some(account) = accounts.iter().find(|account| account.service == service) {
                variables.push(("SOUK_MYSQL_URL", account.url(mysql)));
            }
            let lines: Vec<String> =
                variables.iter().map(|(name, value)| format!("{name}={}\n", quoted(value))).collect();
            write_durable(&self.env_file(service), lines.concat().as_bytes())
                .context("a file of variables cannot be written")?;
        }
        write_durable(&self.mysql_script(), account_script(&accounts).as_bytes())
            .context("the statements for MySQL cannot be written")
    }

    /// What a service must be given of the trust material: paths, and secrets of its own.
    pub fn variables(&self, service: Service) -> Vec<(&'static str, String)> {
        let mut variables = Vec::new();
        let path = |path: PathBuf| path.display().to_string();
        if service == Service::Discovery {
            variables.push(("SOUK_DISCOVERY_CREDENTIALS", path(self.credentials())));
            return variables;
        }
        if service != Service::Provider {
            variables.push(("SOUK_TRUST_BUNDLE", path(self.bundle())));
        }
        if Service::SUBGRAPHS.contains(&service) {
            variables.push(("SOUK_SERVICE_KEY", path(self.service_key(service))));
            if let Some(secret) = self.secrets.discovery.get(service.name()) {
                variables.push(("SOUK_DISCOVERY_SECRET", secret.clone()));
            }
        }
        if service == Service::Accounts {
            variables.push(("SOUK_SIGNING_KEYS", path(self.signing_keys())));
        }
        if matches!(service, Service::Provider | Service::Payments) {
            variables.push(("SOUK_PROVIDER_API_KEY", self.secrets.provider_api_key.clone()));
            variables.push(("SOUK_PROVIDER_WEBHOOK_SECRET", self.secrets.provider_webhook.clone()));
        }
        variables
    }

    pub fn env_file(&self, service: Service) -> PathBuf {
        self.folder.join(format!("{}.env", service.name()))
    }

    /// Databases, users and grants, for an administrator to run.
    pub fn mysql_script(&self) -> PathBuf {
        self.folder.join("mysql.sql")
    }
}

/// As a shell reads it. Plain words stay bare, since not everything that reads such files knows quotes.
fn quoted(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-:@".contains(c);
    if value.chars().all(plain) { value.to_owned() } else { format!("'{}'", value.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use std::{fs, process::Command};

    use super::*;

    #[test]
    fn a_shell_reads_a_services_variables_also_from_a_folder_with_blanks() {
        let folder = tempfile::tempdir().unwrap();
        let trust = Trust::in_folder(&folder.path().join("it's mine"), &[]).unwrap();
        trust.write_handouts("db.example:3307").unwrap();
        let script = format!(
            ". {}; echo \"$SOUK_SERVICE_KEY $SOUK_MYSQL_URL\"",
            quoted(&trust.env_file(Service::Orders).display().to_string())
        );
        let told = Command::new("sh").args(["-c", &script]).output().unwrap();
        let password = &trust.secrets.mysql["orders"];
        let key = trust.service_key(Service::Orders);
        assert_eq!(
            String::from_utf8_lossy(&told.stdout).trim_end(),
            format!("{} mysql://souk_orders:{password}@db.example:3307/souk_orders", key.display())
        );
        let router = fs::read_to_string(trust.env_file(Service::Router)).unwrap();
        assert!(!router.contains("SECRET") && router.contains("SOUK_TRUST_BUNDLE="), "{router}");
    }
}
