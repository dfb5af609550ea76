//! Configuration from environment variables, read once at start, with all faults told together.
//!
//! ```
//! use souk_process::config::Env;
//! let mut env = Env::from_pairs([("SOUK_LISTEN", "127.0.0.1:4000")]);
//! let listen: Option<std::net::SocketAddr> = env.required("SOUK_LISTEN", "address to listen on, as host:port");
//! let workers: u32 = env.or("SOUK_WORKERS", 4);
//! assert!(env.finish().is_ok());
//! assert_eq!((listen.is_some(), workers), (true, 4));
//! ```

use std::{collections::HashMap, fmt, fmt::Display, str::FromStr, time::Duration};

use secrecy::SecretString;

/// The variables of a process and the faults found in them so far.
#[derive(Debug, Default)]
pub struct Env {
    variables: HashMap<String, String>,
    faults: Vec<String>,
}

/// Everything that is wrong with the environment, one sentence a variable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigFaults(pub Vec<String>);

impl Display for ConfigFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bad configuration: {}", self.0.join("; "))
    }
}

impl Env {
    /// The variables of this process. One that is not UTF-8 is a fault when it is ours and passed over when not.
    pub fn process() -> Self {
        let mut env = Self::default();
        for (name, value) in std::env::vars_os() {
            match (name.into_string(), value.into_string()) {
                (Ok(name), Ok(value)) => {
                    env.variables.insert(name, value);
                }
                (Ok(name), Err(_)) if name.starts_with("SOUK_") => env.fault(format!("{name} is not UTF-8 text")),
                _ => {}
            }
        }
        env
    }

    /// Given variables, for tests and for the launcher.
    pub fn from_pairs<K: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        let variables = pairs.into_iter().map(|(k, v)| (k.into(), v.into())).collect();
        Self { variables, faults: Vec::new() }
    }

    /// The raw value; an empty one counts as absent.
    pub fn raw(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(|v| v.trim()).filter(|v| !v.is_empty())
    }

    /// A variable that must be there; `meaning` tells the reader what to put into it.
    pub fn required<T>(&mut self, name: &str, meaning: &str) -> Option<T>
    where
        T: FromStr,
        T::Err: Display,
    {
        if self.raw(name).is_none() {
            self.fault(format!("{name} is missing: set it to the {meaning}"));
            return None;
        }
        self.optional(name)
    }

    /// A variable that may be absent.
    pub fn optional<T>(&mut self, name: &str) -> Option<T>
    where
        T: FromStr,
        T::Err: Display,
    {
        let text = self.raw(name)?.to_owned();
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                // The value may be a secret, so only the reason is told.
                self.fault(format!("{name} cannot be read: {error}"));
                None
            }
        }
    }

    /// A variable with a default.
    pub fn or<T>(&mut self, name: &str, default: T) -> T
    where
        T: FromStr,
        T::Err: Display,
    {
        self.optional(name).unwrap_or(default)
    }

    /// A duration in milliseconds with a default.
    pub fn millis_or(&mut self, name: &str, default_ms: u64) -> Duration {
        Duration::from_millis(self.or(name, default_ms))
    }

    /// A secret that must be there; it never shows in `Debug` or in a fault.
    pub fn secret(&mut self, name: &str, meaning: &str) -> Option<SecretString> {
        self.required::<String>(name, meaning).map(SecretString::from)
    }

    /// A comma-separated list; absent is empty.
    pub fn list<T>(&mut self, name: &str) -> Vec<T>
    where
        T: FromStr,
        T::Err: Display,
    {
        let text = self.raw(name).unwrap_or_default().to_owned();
        let mut values = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            match part.parse() {
                Ok(value) => values.push(value),
                Err(error) => self.fault(format!("{name} holds an entry that cannot be read: {error}")),
            }
        }
        values
    }

    /// Adds a fault found by the caller.
    pub fn fault(&mut self, sentence: impl Into<String>) {
        self.faults.push(sentence.into());
    }

    /// # Errors
    /// All faults found so far, together.
    pub fn finish(&mut self) -> Result<(), ConfigFaults> {
        if self.faults.is_empty() { Ok(()) } else { Err(ConfigFaults(std::mem::take(&mut self.faults))) }
    }

    /// The value built from the variables, or every fault. `value` is None only when a fault was recorded.
    ///
    /// # Errors
    /// All faults found so far, together.
    pub fn finish_with<T>(&mut self, value: Option<T>) -> Result<T, ConfigFaults> {
        self.finish()?;
        value.ok_or_else(|| ConfigFaults(vec!["configuration is incomplete".to_owned()]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_faults_are_told_together() {
        let mut env = Env::from_pairs([("SOUK_PORT", "many"), ("SOUK_URLS", "1,x,3")]);
        let port: Option<u16> = env.required("SOUK_PORT", "port");
        let name: Option<String> = env.required("SOUK_NAME", "name of the shop");
        let numbers: Vec<u8> = env.list("SOUK_URLS");
        assert_eq!((port, name, numbers), (None, None, vec![1, 3]));
        let faults = env.finish().unwrap_err();
        assert_eq!(faults.0.len(), 3, "{faults}");
        assert!(faults.to_string().contains("SOUK_NAME is missing: set it to the name of the shop"));
    }

    #[test]
    fn an_empty_variable_counts_as_absent() {
        let mut env = Env::from_pairs([("SOUK_PORT", "  ")]);
        assert_eq!(env.or("SOUK_PORT", 7_u16), 7);
        assert!(env.finish().is_ok());
    }
}
