//! `souk token`: an access token to paste.

use std::path::PathBuf;

use super::say;
use crate::{
    home::Home,
    seed::{Graph, sign_in},
    up::ShopFile,
};

#[derive(Debug, clap::Args)]
pub struct Options {
    /// Who to be: customer, staff or admin
    #[arg(long, value_name = "WHO", default_value = "customer")]
    login: String,
    /// The running shop's data folder
    #[arg(long, value_name = "DIR", default_value = ".souk")]
    data: PathBuf,
}

/// # Errors
/// When no shop runs on the folder, or it refuses.
pub async fn run(options: Options) -> anyhow::Result<()> {
    let shop = ShopFile::read(&Home::existing(&options.data)?)?;
    let graph = Graph::anonymous(&shop.graphql)?;
    say(&sign_in(&graph, shop.login(&options.login)?).await?);
    Ok(())
}
