//! Fetches a subgraph's SDL and holds it against the hash that the instance registered.

use std::{sync::Arc, time::Duration};

use sha2::{Digest as _, Sha256};
use url::Url;

use super::{book::Sdl, live::RefusalError};

/// An SDL is told from memory; who needs longer is not well.
const TIMEOUT: Duration = Duration::from_secs(3);
const SIZE_LIMIT: usize = 8 << 20;

/// Why there is no SDL.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SdlFault {
    #[error("its SDL cannot be fetched from {url}: {reason}")]
    Fetch { url: Url, reason: String },
    #[error("the SDL at {url} has the hash {actual}; the instance registered another one")]
    Hash { url: Url, actual: String },
}

impl From<&SdlFault> for RefusalError {
    fn from(fault: &SdlFault) -> Self {
        let code = match fault {
            SdlFault::Fetch { .. } => "SDL_UNAVAILABLE",
            SdlFault::Hash { .. } => "SDL_HASH_MISMATCH",
        };
        Self::ours(code, fault.to_string())
    }
}

/// # Errors
/// [`SdlFault`]; both kinds are worth another try later.
pub(crate) async fn fetch(client: reqwest::Client, url: Url, hash: Arc<str>) -> Result<Sdl, SdlFault> {
    let fault = |reason: String| SdlFault::Fetch { url: url.clone(), reason };
    // The address itself stands in the fault already.
    let network = |error: reqwest::Error| fault(error.without_url().to_string());
    let answer = client.get(url.clone()).timeout(TIMEOUT).send().await.map_err(network)?;
    if !answer.status().is_success() {
        return Err(fault(format!("it answered {}", answer.status())));
    }
    let text = answer.bytes().await.map_err(network)?;
    if text.len() > SIZE_LIMIT {
        return Err(fault(format!("it is larger than {SIZE_LIMIT} bytes")));
    }
    let actual = format!("{:x}", Sha256::digest(&text));
    if !actual.eq_ignore_ascii_case(&hash) {
        return Err(SdlFault::Hash { url, actual });
    }
    let text = std::str::from_utf8(&text).map_err(|_| fault("it is not UTF-8".to_owned()))?;
    Ok(Sdl::new(text))
}
