//! Sending dead letters again, each to the topic that it came from.
//!
//! A consumer that took the event, or a newer one of its aggregate, ignores it; one that did not take it gets its
//! second chance. So a replay that was broken off is simply started again.

use std::{fmt, time::Duration};

use anyhow::{Context as _, ensure};
use rdkafka::{
    ClientConfig,
    producer::{FutureProducer, FutureRecord},
};
use souk_contracts::events::dead_letter_topic;

use super::{
    letters::{Letter, letters},
    record::{Place, Record},
};

/// Longer than librdkafka itself tries.
const PATIENCE: Duration = Duration::from_secs(15);

/// Which letters of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    All,
    At(Vec<Place>),
}

/// A letter that was acknowledged by the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    pub letter: Letter,
    /// Where it lies in its topic now.
    pub to: Place,
}

/// Sends the chosen dead letters of `topic` again, with their keys, in the order in which they died. What was sent is
/// told as it happens: a failure on the way leaves the rest unsent.
///
/// # Errors
/// When a place holds no letter, before anything is sent; when the broker does not acknowledge one.
pub async fn replay(
    brokers: &str,
    topic: &str,
    choice: &Choice,
    tell: &mut impl FnMut(&Sent),
) -> anyhow::Result<usize> {
    let chosen = chosen(letters(brokers, topic).await?, topic, choice)?;
    let producer: FutureProducer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("acks", "all")
        .set("enable.idempotence", "true")
        .set("message.timeout.ms", "10000")
        .set("log_level", "0")
        .create()?;
    let count = chosen.len();
    for letter in chosen {
        let to = send(&producer, topic, &letter.record)
            .await
            .with_context(|| format!("the letter at {} was not sent, nor what follows it", letter.record.place))?;
        tell(&Sent { letter, to });
    }
    Ok(count)
}

/// One after the other: versions of an aggregate keep their order.
async fn send(producer: &FutureProducer, topic: &str, record: &Record) -> anyhow::Result<Place> {
    let again = FutureRecord::to(topic).key(&record.key).payload(&record.payload);
    let delivered = producer.send(again, PATIENCE).await.map_err(|(error, _)| error)?;
    Ok(Place { partition: delivered.partition, offset: delivered.offset })
}

fn chosen(letters: Vec<Letter>, topic: &str, choice: &Choice) -> anyhow::Result<Vec<Letter>> {
    let Choice::At(places) = choice else { return Ok(letters) };
    for place in places {
        let there = letters.iter().any(|letter| letter.record.place == *place);
        ensure!(there, "there is no letter at {place} of {}; `souk events dead` lists them", dead_letter_topic(topic));
    }
    Ok(letters.into_iter().filter(|letter| places.contains(&letter.record.place)).collect())
}

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Letter { topic, record } = &self.letter;
        let what = match record.event() {
            Some(event) => format!("{} v{} {}", event.subject, event.version, event.kind),
            None => record.key_text(),
        };
        write!(f, "{} {} -> {topic} {}  {what}", dead_letter_topic(topic), record.place, self.to)
    }
}
