//! The only place where wall-clock time is read; everything else takes time as an argument.

use chrono::{DateTime, SubsecRound as _, Utc};

/// Now, in UTC, cut to microseconds: what a `DATETIME(6)` column keeps, so that a value survives a round trip.
#[expect(clippy::disallowed_methods, reason = "the one door to the wall clock")]
pub fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

/// Now as seconds since 1970, as JWT claims carry it.
pub fn unix_seconds() -> i64 {
    now().timestamp()
}
