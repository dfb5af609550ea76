//! What clients saw, handed over by whoever drove them: one JSON object a line.
//!
//! ```text
//! {"order": "ord_..", "key": "5f0c.."}                  an acknowledged orderPlace, with its idempotency key
//! {"order": "ord_..", "versions": [1, 2, 4]}            what one subscription gave, in its order, until now
//! {"order": "ord_..", "versions": [1], "left": true}    the same, but its client left before the end
//! ```

use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;
use souk_contracts::OrderId;

/// One thing that a client saw.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Sighting {
    pub order: OrderId,
    /// The idempotency key that the order answered to.
    #[serde(default)]
    pub key: Option<String>,
    /// Versions that a subscription gave.
    #[serde(default)]
    pub versions: Vec<u64>,
    /// The client left before the order came to rest.
    #[serde(default)]
    pub left: bool,
}

/// # Errors
/// When the file cannot be read, or a line is no sighting: it is named.
pub fn read(path: &Path) -> anyhow::Result<Vec<Sighting>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    parse(&text).with_context(|| format!("{} is not what --seen takes", path.display()))
}

fn parse(text: &str) -> anyhow::Result<Vec<Sighting>> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(index, line)| serde_json::from_str(line).with_context(|| format!("line {}: {line:.120}", index + 1)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_may_leave_out_what_was_not_seen() {
        let order = OrderId(uuid::Uuid::from_u128(7));
        let text = format!("{{\"order\":\"{order}\",\"key\":\"k\"}}\n\n{{\"order\":\"{order}\",\"versions\":[1,2]}}\n");
        let seen = parse(&text).unwrap();
        assert_eq!(seen[0], Sighting { order, key: Some("k".to_owned()), versions: Vec::new(), left: false });
        assert_eq!((seen[1].versions.as_slice(), seen[1].left), ([1, 2].as_slice(), false));
    }

    #[test]
    fn a_line_that_is_no_sighting_is_named() {
        let told = format!("{:#}", parse("{\"order\":\"pay_1\"}").unwrap_err());
        assert!(told.starts_with("line 1: "), "{told}");
    }
}
