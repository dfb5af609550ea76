//! `souk events` on a broker, with a real consumer that fails until it is mended.

mod ground;

use souk_contracts::events::ORDERS_EVENTS;

use self::ground::{Ground, SUBJECT, event};
use super::{Choice, Place, history, letters, replay};

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_tells_what_it_is_who_could_not_take_it_and_why() {
    let ground = Ground::start().await;
    ground.refuse(&[1]);
    ground.send(&event(1)).await;
    ground.send_noise("ord_noise", b"not an event").await;
    let letters = ground.letters(2).await;

    let json: Vec<_> = letters.iter().map(super::Letter::to_json).collect();
    let first = json.iter().find(|letter| letter["key"] == SUBJECT).unwrap();
    assert_eq!(first["event"]["subject"], SUBJECT);
    assert_eq!(first["event"]["version"], 1);
    assert_eq!((&first["consumer"], &first["reason"]), (&"test.orders".into(), &"version 1 is refused".into()));
    assert!(first["at"].is_string(), "{first}");
    let noise = json.iter().find(|letter| letter["key"] == "ord_noise").unwrap();
    assert!(noise["event"].is_null(), "{noise}");
    assert!(noise["reason"].as_str().unwrap().contains("not a CloudEvent"), "{noise}");
    let told: String = letters.iter().map(ToString::to_string).collect();
    assert!(told.contains("test.orders: version 1 is refused") && told.contains("not an event of ours"), "{told}");
    ground.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_whose_cause_is_mended_has_its_effect_once_it_is_sent_again() {
    let ground = Ground::start().await;
    ground.refuse(&[2]);
    ground.send(&event(1)).await;
    ground.send(&event(2)).await;
    let place = ground.letters(1).await[0].record.place;
    assert_eq!(ground.effects().await, [1]);

    ground.refuse(&[]);
    let mut told = Vec::new();
    let choice = Choice::At(vec![place]);
    let sent =
        replay(&ground.brokers(), ORDERS_EVENTS, &choice, &mut |sent| told.push(sent.to_string())).await.unwrap();
    ground.taken(&[1, 2]).await;
    assert_eq!((sent, told.len()), (1, 1));
    assert!(told[0].starts_with(&format!("orders.events.dead {place} -> orders.events ")), "{told:?}");

    // Nothing was deleted, and a second time changes nothing: what follows is taken, the repeated one is not.
    assert_eq!(letters(&ground.brokers(), ORDERS_EVENTS).await.unwrap().len(), 1);
    replay(&ground.brokers(), ORDERS_EVENTS, &Choice::All, &mut |_| {}).await.unwrap();
    ground.send(&event(3)).await;
    ground.taken(&[1, 2, 3]).await;
    let versions: Vec<u64> = history(&ground.brokers(), ORDERS_EVENTS, SUBJECT)
        .await
        .unwrap()
        .into_iter()
        .map(|happened| happened.event.version)
        .collect();
    assert_eq!(versions, [1, 2, 2, 2, 3], "each was sent to the partition of its key");
    ground.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_is_older_than_what_was_taken_is_ignored() {
    let ground = Ground::start().await;
    ground.refuse(&[2]);
    for version in 1..=3 {
        ground.send(&event(version)).await;
    }
    ground.taken(&[1, 3]).await;
    ground.letters(1).await;
    ground.refuse(&[]);
    assert_eq!(replay(&ground.brokers(), ORDERS_EVENTS, &Choice::All, &mut |_| {}).await.unwrap(), 1);
    ground.send(&event(4)).await;
    ground.taken(&[1, 3, 4]).await;
    ground.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_without_a_letter_is_told_before_anything_is_sent() {
    let ground = Ground::start().await;
    ground.refuse(&[1]);
    ground.send(&event(1)).await;
    let place = ground.letters(1).await[0].record.place;
    let choice = Choice::At(vec![place, Place { partition: 0, offset: 99 }]);
    let error = replay(&ground.brokers(), ORDERS_EVENTS, &choice, &mut |_| {}).await.unwrap_err().to_string();
    assert_eq!(error, "there is no letter at 0:99 of orders.events.dead; `souk events dead` lists them");
    assert_eq!(history(&ground.brokers(), ORDERS_EVENTS, SUBJECT).await.unwrap().len(), 1);
    ground.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_not_there_is_told_in_one_sentence() {
    let error = letters("127.0.0.1:1", ORDERS_EVENTS).await.unwrap_err();
    let told = format!("{error:#}");
    let expected = "orders.events.dead at 127.0.0.1:1 cannot be read: the broker does not answer";
    assert!(told.starts_with(expected) && !told.contains('\n'), "{told}");
}
