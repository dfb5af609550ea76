//! `souk seed`: the demo catalogue into the running shop.

use std::path::PathBuf;

use super::say;
use crate::{home::Home, seed, up::ShopFile};

#[derive(Debug, clap::Args)]
pub struct Options {
    /// The running shop's data folder
    #[arg(long, value_name = "DIR", default_value = ".souk")]
    data: PathBuf,
}

/// # Errors
/// When no shop runs on the folder, or it refuses.
pub async fn run(options: Options) -> anyhow::Result<()> {
    let home = Home::existing(&options.data)?;
    let shop = ShopFile::read(&home)?;
    let seeding = seed::Shop { graphql: shop.graphql.clone(), staff: shop.login("staff")?.clone() };
    let loaded = seed::load(&seeding, &mut |_| {}).await?;
    seed::mark_loaded(&home)?;
    say(&loaded.to_string());
    Ok(())
}
