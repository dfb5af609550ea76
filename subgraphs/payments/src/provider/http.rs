//! The way to a provider over HTTP, alike for all of them.

use std::time::Duration;

use url::Url;

use super::{ProviderError, unknown};

const CONNECTING: Duration = Duration::from_secs(1);
/// Well below what servers and balancers keep a connection for.
const IDLE: Duration = Duration::from_secs(20);

/// A client whose requests take at most `timeout` each. It goes where it is told and nowhere else: a redirect or a proxy
/// would be handed the API key.
pub(super) fn client(timeout: Duration) -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .connect_timeout(CONNECTING)
        .timeout(timeout)
        .pool_idle_timeout(IDLE)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
}

/// What paths, which begin with a slash, are put behind.
pub(super) fn base(url: &Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}

/// The url is left out: it may carry ids that logs need not repeat.
pub(super) fn lost(error: reqwest::Error) -> ProviderError {
    if error.is_timeout() { unknown("no answer in time") } else { unknown(error.without_url().to_string()) }
}
