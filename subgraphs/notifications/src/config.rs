//! The variables of notifications, beside those of every subgraph.

use std::path::PathBuf;

use secrecy::SecretString;
use souk_process::{ConfigFaults, Env};
use souk_subgraph::SubgraphConfig;

/// Where mail goes.
#[derive(Debug, Clone)]
pub enum MailTarget {
    /// An SMTP server, `smtp://user:password@host:port` or `smtps://...`.
    Smtp(SecretString),
    /// A folder that gets one `.eml` file a message, for development.
    Mailbox(PathBuf),
}

#[derive(Debug)]
pub struct Config {
    pub subgraph: SubgraphConfig,
    /// `SOUK_SMTP_URL`, or in development `SOUK_MAILBOX_DIR`. One is required.
    pub mail: MailTarget,
    /// `SOUK_MAIL_FROM`: the sender. Default `Souk <orders@souk.example>`.
    pub mail_from: String,
}

impl Config {
    /// # Errors
    /// All faults of the environment together.
    pub fn read(env: &mut Env) -> Result<Self, ConfigFaults> {
        let subgraph = SubgraphConfig::read(env, "notifications");
        let smtp = env.optional::<String>("SOUK_SMTP_URL").map(|url| MailTarget::Smtp(url.into()));
        let mail = smtp.or_else(|| env.optional("SOUK_MAILBOX_DIR").map(MailTarget::Mailbox));
        if mail.is_none() {
            env.fault(
                "SOUK_SMTP_URL is missing: set it to smtp://user:password@host:port, or SOUK_MAILBOX_DIR to a folder",
            );
        }
        let mail_from = env.or("SOUK_MAIL_FROM", "Souk <orders@souk.example>".to_owned());
        let config = subgraph.zip(mail).map(|(subgraph, mail)| Self { subgraph, mail, mail_from });
        env.finish_with(config)
    }
}
