//! The only place where wall-clock time is read; everything else takes time as an argument.

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};

/// Now, in UTC, cut to microseconds: what a `DATETIME(6)` column keeps, so that a value survives a round trip.
#[expect(clippy::disallowed_methods, reason = "the one door to the wall clock")]
pub fn now() -> DateTime<Utc> {
    (Utc::now() + skew()).trunc_subsecs(6)
}

/// Now as seconds since 1970, as JWT claims carry it.
pub fn unix_seconds() -> i64 {
    now().timestamp()
}

/// By how much this process's clock is wrong.
#[cfg(not(debug_assertions))]
const fn skew() -> TimeDelta {
    TimeDelta::zero()
}

/// The same, as a test wants it: the file `<instance>.clock` in `SOUK_FAILPOINTS_DIR` holds seconds, read once.
#[cfg(debug_assertions)]
fn skew() -> TimeDelta {
    static SKEW: std::sync::OnceLock<TimeDelta> = std::sync::OnceLock::new();
    let from_file = || {
        let folder = std::env::var_os("SOUK_FAILPOINTS_DIR").filter(|folder| !folder.is_empty())?;
        let instance = std::env::var("SOUK_INSTANCE").ok()?;
        let text = std::fs::read_to_string(std::path::Path::new(&folder).join(format!("{instance}.clock"))).ok()?;
        text.trim().parse().ok().map(TimeDelta::seconds)
    };
    *SKEW.get_or_init(|| from_file().unwrap_or_default())
}
