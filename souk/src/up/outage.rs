//! How a test takes the embedded broker away and brings it back: it lives in this process, so it cannot be killed alone.
//! The file `broker` in `SOUK_FAILPOINTS_DIR` says `down` or `up`; it goes when that is done. Release builds have none
//! of this.

use crate::infra::kafka::Embedded;

/// Does what the file says; never ends.
#[cfg(not(debug_assertions))]
pub async fn follow(_broker: Option<&Embedded>) {
    std::future::pending().await
}

#[cfg(debug_assertions)]
pub async fn follow(broker: Option<&Embedded>) {
    let folder = std::env::var_os("SOUK_FAILPOINTS_DIR").filter(|folder| !folder.is_empty());
    let (Some(broker), Some(folder)) = (broker, folder) else { return std::future::pending().await };
    let file = std::path::Path::new(&folder).join("broker");
    loop {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        // Absent nearly always.
        let Ok(wish) = std::fs::read_to_string(&file) else { continue };
        let done = match wish.trim() {
            "down" => broker.go_away(),
            "up" => broker.come_back(),
            _ => continue,
        };
        if done.is_ok() {
            let _ = std::fs::remove_file(&file);
        }
    }
}
