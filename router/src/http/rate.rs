//! How often one caller may ask: GCRA by principal, for callers without a name by address.

use std::{net::IpAddr, num::NonZeroU32};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use http::StatusCode;

use crate::{auth::Caller, errors::Code, request::Refusal};

/// After this many checks the callers that are silent again are forgotten.
const SWEEP_AT: usize = 50_000;

pub(crate) struct Rate {
    limiter: DefaultKeyedRateLimiter<String>,
}

impl Rate {
    pub(crate) fn new(per_second: u32) -> Self {
        let quota = Quota::per_second(NonZeroU32::new(per_second).unwrap_or(NonZeroU32::MIN));
        Self { limiter: RateLimiter::keyed(quota) }
    }

    /// # Errors
    /// 429 when the caller asks too often.
    pub(crate) fn check(&self, caller: &Caller, address: IpAddr) -> Result<(), Refusal> {
        if self.limiter.len() > SWEEP_AT {
            self.limiter.retain_recent();
        }
        let key = caller.rate_key().unwrap_or_else(|| address.to_string());
        self.limiter.check_key(&key).map_err(|_| {
            metrics::counter!("router_rate_limited_total").increment(1);
            let message = "too many requests: wait a moment and ask again";
            Refusal::transport(StatusCode::TOO_MANY_REQUESTS, Code::RateLimited, message)
        })
    }
}
