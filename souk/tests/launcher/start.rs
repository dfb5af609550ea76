//! What a start refuses, what it says, and one shop's life.

use std::{net::TcpListener, time::Duration};

use crate::shop::{self, Folder, Shop, alive, souk, wait_until};

#[test]
fn a_port_in_use_is_told_before_anything_starts() {
    let folder = Folder::new();
    // When somebody else holds it already, it is in use all the same.
    let _held = TcpListener::bind("127.0.0.1:4000");
    let output = souk().args(["up", "--data"]).arg(folder.data()).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("port 4000 (router)") && told.contains("--ports auto"), "{told}");
    assert!(!folder.data().join("mysql").exists());
}

#[test]
fn a_server_that_does_not_start_is_named_with_its_last_lines() {
    let folder = Folder::new();
    let data = folder.data();
    // A data folder that is no database's.
    std::fs::create_dir_all(&data).unwrap();
    std::fs::write(data.join("souk-data"), "").unwrap();
    std::fs::create_dir(data.join("mysql")).unwrap();
    std::fs::write(data.join("mysql/ibdata1"), "damaged").unwrap();
    let output = souk().args(["up", "--ports", "auto", "--data"]).arg(&data).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("souk: mysql did not start: ended with status"), "{told}");
    assert!(told.contains("its last lines") && told.contains("what to do:"), "{told}");
}

#[test]
fn a_service_without_its_variables_names_all_of_them() {
    let output = souk().args(["serve", "orders"]).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{told}");
    for variable in ["SOUK_MYSQL_URL", "SOUK_KAFKA_BROKERS", "SOUK_TRUST_BUNDLE", "SOUK_SERVICE_KEY"] {
        assert!(told.contains(variable), "{variable}: {told}");
    }
    assert_eq!(told.trim().lines().count(), 1, "{told}");
}

#[test]
fn the_committed_schemas_are_what_the_code_says() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let output = souk().current_dir(root).args(["schema", "--check"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// One shop's life: its parts come back when they die, and all of them go when the launcher does.
#[test]
fn a_shop_heals_its_parts_and_leaves_none_behind() {
    let folder = Folder::new();
    let mut shop = Shop::up(&folder, &["--no-seed", "--replicas", "orders=2"]);
    assert!(shop.pids().contains_key("orders-2"));

    let second = souk().args(["up", "--ports", "auto", "--data"]).arg(folder.data()).output().unwrap();
    let told = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(told.contains("already runs on") && told.contains("pid"), "{told}");

    let before = shop.pids()["products"];
    shop::kill(before);
    wait_until("products has a new pid", Duration::from_secs(20), || {
        shop.pids().get("products").is_some_and(|pid| *pid != before)
    });
    wait_until("the graph answers again", Duration::from_secs(30), || shop.answers());

    let left: Vec<u32> = shop.pids().into_values().collect();
    assert!(left.len() >= 11, "{left:?}");
    shop.kill();
    wait_until("every process is gone", Duration::from_secs(10), || !left.iter().any(|pid| alive(*pid)));

    let mut again = Shop::up(&folder, &["--no-seed"]);
    let pids: Vec<u32> = again.pids().into_values().collect();
    assert_eq!(again.stop().code(), Some(0));
    assert!(!pids.iter().any(|pid| alive(*pid)));
    assert!(!folder.ready_file().exists(), "a stopped shop has no ready file");
}
