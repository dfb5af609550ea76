//! What may befall a shop of one machine: folders that move, stops in the middle, parts that keep dying.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use crate::shop::{Folder, Launch, Shop, alive, kill, souk, wait_until};

#[test]
fn a_shop_moves_with_its_folder_also_between_names_with_blanks() {
    let folder = Folder::new();
    let (before, after) = (folder.path().join("my first shop"), folder.path().join("it's elsewhere"));
    // With a cache of its own, so that the database is installed there as well.
    let launch = |data: &Path| Launch { data: data.to_owned(), own_cache: true };
    let mut shop = Shop::launch(&folder, launch(&before), &["--no-seed"]);
    assert!(shop.answers());
    assert_eq!(shop.stop().code(), Some(0));
    fs::rename(&before, &after).unwrap();
    let mut moved = Shop::launch(&folder, launch(&after), &["--no-seed"]);
    assert!(moved.answers());
    assert_eq!(moved.stop().code(), Some(0));
}

#[test]
fn a_stop_during_the_start_leaves_nothing_running() {
    let folder = Folder::new();
    let mut starting = Shop::begin(&folder, &["--no-seed"]);
    let list = folder.data().join("run/processes.json");
    let listed = || -> Vec<serde_json::Value> {
        fs::read(&list).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
    };
    wait_until("some parts run", Duration::from_secs(60), || listed().len() >= 3);
    let pids: Vec<u32> = listed().iter().map(|process| process["pid"].as_u64().unwrap() as u32).collect();
    let asked = Instant::now();
    assert_eq!(starting.stop().code(), Some(0));
    assert!(asked.elapsed() < Duration::from_secs(40), "{:?}", asked.elapsed());
    assert!(!pids.iter().any(|pid| alive(*pid)), "{pids:?}");
    assert!(!folder.ready_file().exists() && !folder.data().join("shop.json").exists());
}

#[test]
fn a_reset_waits_for_what_a_killed_launcher_left_and_never_touches_a_running_shop() {
    let folder = Folder::new();
    let mut shop = Shop::up(&folder, &["--no-seed"]);
    let reset = || souk().args(["reset", "--data"]).arg(folder.data()).output().unwrap();
    let refused = reset();
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("already runs on"), "{refused:?}");
    assert!(shop.answers());
    shop.kill();
    let done = reset();
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(!folder.data().join("mysql").exists());
}

#[test]
fn a_part_that_keeps_dying_is_told_twice_and_goes_on_being_started() {
    let folder = Folder::new();
    let mut shop = Shop::up(&folder, &["--no-seed"]);
    let mut last = 0;
    for _ in 0..6 {
        wait_until("products runs anew", Duration::from_secs(30), || {
            shop.pids().get("products").is_some_and(|pid| *pid != last)
        });
        last = shop.pids()["products"];
        kill(last);
    }
    wait_until("products runs anew", Duration::from_secs(30), || {
        shop.pids().get("products").is_some_and(|pid| *pid != last)
    });
    wait_until("the graph answers again", Duration::from_secs(30), || shop.answers());
    let told = shop.told();
    let deaths: Vec<&str> = told.lines().filter(|line| line.starts_with("souk: products")).collect();
    assert!(deaths[0].contains("was ended by signal 9; it starts again in 0.2 s"), "{told}");
    assert_eq!(deaths.iter().filter(|line| line.contains("keeps dying")).count(), 1, "{told}");
    assert!(deaths.len() <= 3, "{told}");
    assert_eq!(shop.stop().code(), Some(0));
}

#[test]
fn a_ready_file_that_cannot_be_written_is_refused_before_anything_starts() {
    let folder = Folder::new();
    let output = souk()
        .args(["up", "--ports", "auto", "--ready-file", "/nowhere/ready.json", "--data"])
        .arg(folder.data())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("/nowhere/ready.json") && told.lines().count() == 1, "{told}");
    assert!(!folder.data().join("mysql").exists());
}

#[test]
fn what_a_shop_writes_is_for_its_owner_only_and_no_argument_holds_a_secret() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    let mut shop = Shop::up(&folder, &["--no-seed"]);
    for path in [folder.ready_file(), folder.data().join("shop.json"), folder.data().join("run/mysql-start.sql")] {
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{}", path.display());
    }
    assert_eq!(fs::metadata(folder.data()).unwrap().permissions().mode() & 0o777, 0o700);
    let secrets: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.data().join("trust/secrets.json")).unwrap()).unwrap();
    let words: Vec<String> = words(&secrets);
    assert!(words.len() > 10, "{}", words.len());
    let lines: Vec<String> =
        shop.pids().values().map(|pid| fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap()).collect();
    let logs: Vec<String> = fs::read_dir(folder.data().join("logs"))
        .unwrap()
        .map(|log| fs::read_to_string(log.unwrap().path()).unwrap())
        .collect();
    for word in &words {
        assert!(!lines.iter().chain(&logs).chain([&shop.told()]).any(|text| text.contains(word)));
    }
    assert_eq!(shop.stop().code(), Some(0));
}

fn words(secrets: &serde_json::Value) -> Vec<String> {
    match secrets {
        serde_json::Value::String(word) => vec![word.clone()],
        serde_json::Value::Object(entries) => entries.values().flat_map(words).collect(),
        _ => Vec::new(),
    }
}
