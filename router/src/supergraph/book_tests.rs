use super::*;

const GRACE: Duration = Duration::from_secs(30);

/// `v1` ⊂ `v2`, and `other` breaks both.
fn sdls() -> Sdls {
    let texts =
        [("v1", "type Query { a: Int }"), ("v2", "type Query { a: Int b: Int }"), ("other", "type Query { z: Int }")];
    texts.into_iter().map(|(hash, text)| (hash.into(), Sdl::new(text))).collect()
}

/// Instances as `id=hash`, with a leading `-` for one that says goodbye.
fn sight(instances: &[&str]) -> Sight {
    let seen = |text: &&str| {
        let (id, hash) = text.trim_start_matches('-').split_once('=').unwrap();
        let standing = if text.starts_with('-') { Standing::Leaving } else { Standing::Up };
        let url = Url::parse("http://127.0.0.1:1/").unwrap();
        let (subgraph, app, id) = ("s".to_owned(), "s".to_owned(), id.to_owned());
        Seen { subgraph, app, id, hash: hash.into(), sdl_url: url.clone(), base_url: url, standing }
    };
    Sight { is_current: true, instances: instances.iter().map(seen).collect(), departed: HashSet::new() }
}

/// Observes and accepts what is proposed; tells what is served then.
fn step(book: &mut Book, sight: &Sight, now: Instant) -> Option<String> {
    book.observe(sight, now);
    let proposals = book.proposals(&sdls(), now);
    book.accept(&proposals);
    book.served().next().map(|(_, _, hash)| hash.to_string())
}

fn serving(hash: &str) -> (Book, Instant) {
    let (mut book, now) = (Book::new(GRACE), Instant::now());
    assert_eq!(step(&mut book, &sight(&[&format!("1={hash}")]), now).as_deref(), Some(hash));
    (book, now)
}

#[test]
fn a_schema_that_grew_is_served_as_soon_as_one_instance_has_it() {
    let (mut book, now) = serving("v1");
    assert_eq!(step(&mut book, &sight(&["1=v1", "2=v2"]), now).as_deref(), Some("v2"));
    assert_eq!(book.other_hashes("s"), [Arc::from("v1")]);
    // It stays when the old instances go, and when a late old one comes back.
    assert_eq!(step(&mut book, &sight(&["2=v2"]), now).as_deref(), Some("v2"));
    assert_eq!(step(&mut book, &sight(&["2=v2", "3=v1"]), now).as_deref(), Some("v2"));
}

#[test]
fn a_breaking_schema_waits_until_no_old_instance_is_left() {
    let (mut book, now) = serving("v1");
    assert_eq!(step(&mut book, &sight(&["1=v1", "2=other"]), now).as_deref(), Some("v1"));
    assert_eq!(step(&mut book, &sight(&["-1=v1", "2=other"]), now).as_deref(), Some("other"));
}

#[test]
fn a_breaking_schema_need_not_wait_for_a_crashed_instance() {
    let (mut book, now) = serving("v1");
    assert_eq!(step(&mut book, &sight(&["2=other"]), now).as_deref(), Some("other"));
}

#[test]
fn one_flapping_instance_never_drops_a_type() {
    let (mut book, now) = serving("v1");
    assert_eq!(step(&mut book, &sight(&["1=v1", "2=v2"]), now).as_deref(), Some("v2"));
    // The only new instance crashes: the old ones stay, and so do the new types for the grace period.
    assert_eq!(step(&mut book, &sight(&["1=v1"]), now).as_deref(), Some("v2"));
    assert_eq!(book.next_deadline(now), Some(now + GRACE));
    assert_eq!(step(&mut book, &sight(&["1=v1", "2=v2"]), now).as_deref(), Some("v2"));
    assert_eq!(book.next_deadline(now), None);
    assert_eq!(step(&mut book, &sight(&["1=v1"]), now).as_deref(), Some("v2"));
    assert_eq!(step(&mut book, &sight(&["1=v1"]), now + GRACE).as_deref(), Some("v1"));
}

#[test]
fn a_rollback_with_goodbye_is_served_at_once() {
    let (mut book, now) = serving("v1");
    step(&mut book, &sight(&["1=v1", "2=v2"]), now);
    assert_eq!(step(&mut book, &sight(&["1=v1", "-2=v2"]), now).as_deref(), Some("v1"));
}

#[test]
fn a_crash_is_waited_for_and_a_goodbye_is_not() {
    let (mut book, now) = serving("v1");
    assert_eq!(step(&mut book, &sight(&[]), now).as_deref(), Some("v1"));
    assert_eq!(step(&mut book, &sight(&[]), now + GRACE / 2).as_deref(), Some("v1"));
    assert_eq!(step(&mut book, &sight(&[]), now + GRACE), None);

    let (mut book, now) = serving("v1");
    assert_eq!(step(&mut book, &sight(&["-1=v1"]), now), None);

    let (mut book, now) = serving("v1");
    let departed = HashSet::from([("s".to_owned(), "1".to_owned())]);
    assert_eq!(step(&mut book, &Sight { departed, ..sight(&[]) }, now), None);
}

#[test]
fn an_outage_of_the_registry_changes_nothing() {
    let (mut book, now) = serving("v1");
    let outage = Sight { is_current: false, ..sight(&[]) };
    assert_eq!(step(&mut book, &outage, now + GRACE * 10).as_deref(), Some("v1"));
}

#[test]
fn what_the_last_run_served_has_its_grace_from_the_registrys_first_answer() {
    let (mut book, now) = (Book::new(GRACE), Instant::now());
    book.restore("s", "s", "v1".into());
    let outage = Sight { is_current: false, ..sight(&[]) };
    assert_eq!(step(&mut book, &outage, now + GRACE).as_deref(), Some("v1"));
    assert_eq!(step(&mut book, &sight(&[]), now + GRACE * 2).as_deref(), Some("v1"));
    assert_eq!(step(&mut book, &sight(&[]), now + GRACE * 3), None);
}

#[test]
fn a_hash_whose_sdl_is_not_known_yet_changes_nothing() {
    let (mut book, now) = serving("v1");
    assert_eq!(step(&mut book, &sight(&["1=v1", "2=unknown"]), now).as_deref(), Some("v1"));
    assert_eq!(step(&mut book, &sight(&["-1=v1", "2=unknown"]), now).as_deref(), Some("v1"));
}

#[test]
fn a_subgraphs_name_belongs_to_the_application_of_that_name() {
    let (mut book, now) = (Book::new(GRACE), Instant::now());
    let claimed_by = |app: &str, hash: &str| {
        let mut sight = sight(&[&format!("{app}={hash}")]);
        app.clone_into(&mut sight.instances[0].app);
        sight.instances.remove(0)
    };
    let both = |instances: Vec<Seen>| Sight { instances, ..sight(&[]) };
    // Alone, another application may have it ...
    assert_eq!(step(&mut book, &both(vec![claimed_by("x", "v1")]), now).as_deref(), Some("v1"));
    // ... before a third ...
    assert_eq!(
        step(&mut book, &both(vec![claimed_by("a", "other"), claimed_by("x", "v1")]), now).as_deref(),
        Some("v1")
    );
    // ... and yields to the namesake.
    let sight = both(vec![claimed_by("a", "other"), claimed_by("s", "v2"), claimed_by("x", "v1")]);
    assert_eq!(step(&mut book, &sight, now).as_deref(), Some("v2"));
    let strangers: Vec<&str> = book.strangers(&sight).map(|seen| seen.app.as_str()).collect();
    assert_eq!(strangers, ["a", "x"]);
}
