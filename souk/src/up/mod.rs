//! `souk up`: the whole shop on one machine, as children of this process.
//!
//! ```text
//! options ──> checks (lock, left-overs, ports, disk) ──> start ──> seed ──> table ... signal ──> stop
//!                                                          │
//!   [mysql] [kafka] [discovery ─> provider] ─> subgraphs ─> router      each a Part, kept by supervise
//! ```

mod board;
mod checks;
mod deregister;
mod environment;
mod logs;
mod options;
mod orphans;
mod outage;
mod part;
mod process;
mod progress;
mod readiness;
mod screen;
mod servers;
mod shop;
mod signals;
mod summary;
mod supervise;

pub use board::{Login, ShopFile};
pub use options::UpOptions;
pub use orphans::end_left_over;

use std::time::Duration;

use anyhow::bail;

use self::{progress::Progress, screen::Screen, shop::Shop, signals::Signals};

/// Starts the shop, keeps it until a stop is asked for, stops it.
///
/// # Errors
/// When a check or a part fails; everything that was started is stopped by then.
pub async fn run(options: UpOptions) -> anyhow::Result<()> {
    let mut signals = Signals::listen()?;
    let ground = checks::prepare(&options)?;
    let screen = Screen::open(options.quiet);
    let progress = Progress::new(options.quiet);
    let longest_pause = Duration::from_millis(options.longest_pause);
    let mut shop = Shop::new(ground, screen.clone(), progress, longest_pause)?;

    let started = tokio::select! {
        started = shop.start(&options) => started.map(|()| true),
        () = signals.stop() => Ok(false),
    };
    match started {
        Ok(true) => {
            screen.show(&summary::table(shop.shop_file(), &options));
            screen.let_logs_through();
            tokio::select! { () = signals.stop() => {}, () = outage::follow(shop.embedded.as_ref()) => {} }
            screen.show("souk: stopping, the data stays (once more: at once)");
        }
        Ok(false) => screen.show("souk: stopping before the start was done"),
        Err(_) => {}
    }
    tokio::select! {
        () = shop.stop() => {}
        () = signals.stop() => shop.kill().await,
    }
    screen.close();
    match started {
        Ok(_) => Ok(()),
        Err(error) => bail!("{error:#}"),
    }
}
