//! The topics that must be there before a service starts, and the identity of a cluster.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use rdkafka::{
    ClientConfig,
    admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
    client::DefaultClientContext,
    metadata::MetadataTopic,
    types::RDKafkaErrorCode,
};
use souk_contracts::events::{PARTITIONS, TOPICS, dead_letter_topic};

/// A broker hears of a topic that was just made a moment after its controller has made it.
const SETTLING: Duration = Duration::from_secs(2);

/// Every topic of ours: what happened, and what could not be taken.
pub fn names() -> Vec<String> {
    TOPICS.iter().flat_map(|topic| [(*topic).to_owned(), dead_letter_topic(topic)]).collect()
}

/// Makes the missing topics on a cluster that answers the admin API.
///
/// # Errors
/// When the cluster does not answer within `patience` or refuses.
pub async fn make_topics(brokers: &str, patience: Duration) -> anyhow::Result<()> {
    let admin = admin(brokers)?;
    let names = names();
    // -1: as many copies as the cluster makes by default.
    let topics: Vec<NewTopic<'_>> =
        names.iter().map(|name| NewTopic::new(name, PARTITIONS, TopicReplication::Fixed(-1))).collect();
    let options = AdminOptions::new().request_timeout(Some(patience)).operation_timeout(Some(patience));
    let results = admin.create_topics(&topics, &options).await.context("the broker does not answer")?;
    for result in results {
        match result {
            Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((topic, error)) => bail!("the broker refuses the topic {topic}: {error}"),
        }
    }
    Ok(())
}

/// The id that a cluster draws when its data is made.
///
/// # Errors
/// When the cluster does not answer within `patience`.
pub async fn cluster_id(brokers: &str, patience: Duration) -> anyhow::Result<String> {
    let admin = admin(brokers)?;
    // librdkafka waits on the calling thread.
    let asked = tokio::task::spawn_blocking(move || admin.inner().fetch_cluster_id(patience)).await?;
    asked.with_context(|| format!("the broker at {brokers} does not tell its cluster id"))
}

/// Looks whether the cluster answers and holds every topic of ours. A service that starts must know: a wrong address
/// or a missing topic would otherwise look like a service that works.
///
/// # Errors
/// When it does not answer within `patience`, or misses a topic; says what to do.
pub async fn check_topics(brokers: &str, patience: Duration) -> anyhow::Result<()> {
    let admin = Arc::new(admin(brokers)?);
    let began = Instant::now();
    loop {
        let asked = Arc::clone(&admin);
        // librdkafka waits on the calling thread.
        let answered = tokio::task::spawn_blocking(move || asked.inner().fetch_metadata(None, patience)).await?;
        let Ok(metadata) = answered else {
            bail!(
                "the broker at {brokers} did not answer within {} s; check SOUK_KAFKA_BROKERS and that the broker runs",
                patience.as_secs()
            );
        };
        let there: Vec<&str> = metadata.topics().iter().map(MetadataTopic::name).collect();
        let missing: Vec<String> = names().into_iter().filter(|name| !there.contains(&name.as_str())).collect();
        if missing.is_empty() {
            return Ok(());
        }
        if began.elapsed() > SETTLING {
            let missing = missing.join(", ");
            bail!("the broker at {brokers} lacks {missing}; `souk topics --brokers {brokers}` makes them");
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn admin(brokers: &str) -> anyhow::Result<AdminClient<DefaultClientContext>> {
    let mut config = ClientConfig::new();
    // Its own complaints while a broker starts are not news.
    config.set("bootstrap.servers", brokers).set("log_level", "0");
    config.create().context("the Kafka client cannot be made")
}

#[cfg(test)]
mod tests {
    use rdkafka::mocking::MockCluster;

    use super::*;

    #[tokio::test]
    async fn a_broker_without_our_topics_is_told_with_what_makes_them() {
        let cluster = MockCluster::new(1).unwrap();
        let brokers = cluster.bootstrap_servers();
        let (last, others) = {
            let mut names = names();
            (names.pop().unwrap(), names)
        };
        for name in others {
            cluster.create_topic(&name, 1, 1).unwrap();
        }
        let patience = Duration::from_secs(10);
        let told = check_topics(&brokers, patience).await.unwrap_err().to_string();
        assert!(told.contains(&format!("lacks {last};")) && told.contains("souk topics --brokers"), "{told}");
        cluster.create_topic(&last, 1, 1).unwrap();
        check_topics(&brokers, patience).await.unwrap();
    }
}
