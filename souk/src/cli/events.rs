//! `souk events`: what lies in the topics, above all what could not be taken.

use std::{path::PathBuf, process::ExitCode};

use serde_json::Value;
use souk_contracts::events::TOPICS;

use super::say;
use crate::{
    events::{self, Choice, Place},
    home::Home,
    up::ShopFile,
};

#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    shop: ShopOptions,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// List the dead letters: records that a consumer could not take after its tries
    Dead {
        /// Of this topic only
        #[arg(long, value_name = "TOPIC", value_parser = TOPICS)]
        topic: Option<String>,
        /// Print them as a JSON array
        #[arg(long)]
        json: bool,
    },
    /// Send dead letters again to their topic, with their keys; nothing is deleted
    Replay {
        /// Whose dead letters
        #[arg(long, value_name = "TOPIC", value_parser = TOPICS)]
        topic: String,
        /// A letter's place, as `souk events dead` shows it; again for more
        #[arg(long = "offset", value_name = "PARTITION:OFFSET", required_unless_present = "all")]
        places: Vec<Place>,
        /// Every dead letter of the topic
        #[arg(long, conflicts_with = "places")]
        all: bool,
    },
    /// Show the events of one aggregate that its topic keeps
    Show {
        #[arg(value_name = "TOPIC", value_parser = TOPICS)]
        topic: String,
        /// The aggregate's id, e.g. `ord_...`, or `SKU@warehouse` of stock
        #[arg(long, value_name = "ID")]
        subject: String,
        /// Print them as a JSON array
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, clap::Args)]
struct ShopOptions {
    /// The running shop's data folder; without this and --kafka it is `.souk`
    #[arg(long, value_name = "DIR", global = true)]
    data: Option<PathBuf>,
    /// The brokers to ask when no --data is named
    #[arg(long, value_name = "HOST:PORT", env = "SOUK_KAFKA_BROKERS", global = true)]
    kafka: Option<String>,
}

/// # Errors
/// When no shop runs, its broker does not answer, or a place holds no letter.
pub async fn run(options: Options) -> anyhow::Result<ExitCode> {
    let brokers = options.shop.brokers()?;
    match options.what {
        What::Dead { topic, json } => dead(&brokers, topic, json).await?,
        What::Replay { topic, places, all } => {
            let choice = if all { Choice::All } else { Choice::At(places) };
            replay(&brokers, &topic, &choice).await?;
        }
        What::Show { topic, subject, json } => {
            let history = events::history(&brokers, &topic, &subject).await?;
            if json {
                say_array(history.iter().map(events::Happened::to_json));
            } else {
                for happened in &history {
                    say(&happened.to_string());
                }
                say(&format!("{} of {subject} in {topic}", count(history.len(), "event")));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn dead(brokers: &str, topic: Option<String>, json: bool) -> anyhow::Result<()> {
    let topics = topic.map_or_else(|| TOPICS.map(str::to_owned).to_vec(), |topic| vec![topic]);
    let mut letters = Vec::new();
    for topic in topics {
        letters.extend(events::letters(brokers, &topic).await?);
    }
    if json {
        say_array(letters.iter().map(events::Letter::to_json));
    } else {
        for letter in &letters {
            say(&letter.to_string());
        }
        say(&count(letters.len(), "dead letter"));
    }
    Ok(())
}

async fn replay(brokers: &str, topic: &str, choice: &Choice) -> anyhow::Result<()> {
    let sent = events::replay(brokers, topic, choice, &mut |sent| say(&sent.to_string())).await?;
    say(&format!("{} sent again to {topic}; who took it, or something newer, ignores it", count(sent, "dead letter")));
    Ok(())
}

impl ShopOptions {
    fn brokers(self) -> anyhow::Result<String> {
        match (self.data, self.kafka) {
            (None, Some(brokers)) => Ok(brokers),
            // The shop knows best on which broker it runs, also when this machine has another one.
            (data, _) => {
                let home = Home::existing(&data.unwrap_or_else(|| PathBuf::from(".souk")))?;
                Ok(ShopFile::read(&home)?.kafka.brokers)
            }
        }
    }
}

fn say_array(items: impl Iterator<Item = Value>) {
    say(&format!("{:#}", Value::Array(items.collect())));
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(Debug, clap::Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    fn parsed(arguments: &[&str]) -> Result<Options, String> {
        let line = ["events"].into_iter().chain(arguments.iter().copied());
        Line::try_parse_from(line).map(|line| line.options).map_err(|error| error.to_string())
    }

    #[test]
    fn a_replay_names_its_topic_and_either_its_letters_or_all_of_them() {
        let options = parsed(&["replay", "--topic", "orders.events", "--offset", "2:17", "--offset", "0:3"]).unwrap();
        let What::Replay { places, all: false, .. } = options.what else { panic!("{options:?}") };
        assert_eq!(places.iter().map(ToString::to_string).collect::<Vec<_>>(), ["2:17", "0:3"]);
        parsed(&["replay", "--topic", "orders.events", "--all", "--kafka", "127.0.0.1:9092"]).unwrap();
        for (bad, told) in [
            (&["replay", "--all"][..], "--topic <TOPIC>"),
            (&["replay", "--topic", "orders.events"], "--offset <PARTITION:OFFSET>"),
            (&["replay", "--topic", "orders.events", "--all", "--offset", "2:17"], "cannot be used with"),
            (&["replay", "--topic", "orders.events", "--offset", "17"], "a place is PARTITION:OFFSET"),
            (&["replay", "--topic", "orders.event", "--all"], "possible values: products.events"),
            (&["show", "orders.events"], "--subject <ID>"),
        ] {
            let error = parsed(bad).unwrap_err();
            assert!(error.contains(told), "{bad:?}: {error}");
        }
    }

    #[test]
    fn a_data_folder_that_is_named_goes_before_brokers_of_the_environment() {
        let brokers = |data: Option<&str>, kafka: Option<&str>| {
            ShopOptions { data: data.map(PathBuf::from), kafka: kafka.map(str::to_owned) }.brokers()
        };
        assert_eq!(brokers(None, Some("127.0.0.1:9092")).unwrap(), "127.0.0.1:9092");
        let error = brokers(Some("/nowhere"), Some("127.0.0.1:9092")).unwrap_err().to_string();
        assert!(error.contains("/nowhere is not the data folder of a shop"), "{error}");
    }
}
