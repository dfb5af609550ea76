//! The variables of accounts, beside those of every subgraph.

use std::{num::NonZeroU32, path::PathBuf};

use souk_process::{ConfigFaults, Env};
use souk_subgraph::SubgraphConfig;

#[derive(Debug)]
pub struct Config {
    pub subgraph: SubgraphConfig,
    /// `SOUK_SIGNING_KEYS`: file with the keys that sign access tokens, newest valid one first in use. Required.
    pub signing_keys: PathBuf,
    /// `SOUK_BOOTSTRAP_ACCOUNTS`: JSON list of `{email, name, password, role}` made at start when missing. Default none.
    pub bootstrap: Option<PathBuf>,
    /// `SOUK_PUBLIC_URL`: where clients reach the router; named in the OIDC document. Default `http://127.0.0.1:4000`.
    pub public_url: url::Url,
    /// `SOUK_SIGN_INS_A_MINUTE`: tries a minute and email before RATE_LIMITED. Default 30.
    pub sign_ins_a_minute: NonZeroU32,
}

impl Config {
    /// # Errors
    /// All faults of the environment together.
    pub fn read(env: &mut Env) -> Result<Self, ConfigFaults> {
        let subgraph = SubgraphConfig::read(env, "accounts");
        let signing_keys = env.required("SOUK_SIGNING_KEYS", "path of the file with the keys that sign access tokens");
        let bootstrap = env.optional("SOUK_BOOTSTRAP_ACCOUNTS");
        let default_url = url::Url::parse("http://127.0.0.1:4000").ok();
        let public_url = env.optional("SOUK_PUBLIC_URL").or(default_url);
        let sign_ins_a_minute = env.or("SOUK_SIGN_INS_A_MINUTE", NonZeroU32::MIN.saturating_add(29));
        let config = subgraph.zip(signing_keys).zip(public_url).map(|((subgraph, signing_keys), public_url)| Self {
            subgraph,
            signing_keys,
            bootstrap,
            public_url,
            sign_ins_a_minute,
        });
        env.finish_with(config)
    }
}
