//! What came of it, a row a fault.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use crate::faults::{Fault, SCHEDULE};

const BEGIN: &str = "<!-- written by the driver -->\n";
const END: &str = "<!-- end -->\n";
/// Before the name of what the shop ran on.
const HEADING: &str = "### ";

#[derive(Debug, Default, Clone, Copy)]
struct Row {
    seeds: usize,
    orders: usize,
    hits: usize,
    findings: usize,
}

#[derive(Debug, Default)]
pub struct Table(BTreeMap<String, Row>);

impl Table {
    /// One round of a fault: how many orders were placed meanwhile, and how often it hit.
    pub fn played(&mut self, fault: Fault, orders: usize, hits: usize, holds: bool) {
        let row = self.0.entry(fault.name()).or_default();
        row.seeds += 1;
        row.orders += orders;
        row.hits += hits;
        row.findings += usize::from(!holds);
    }

    pub fn findings(&self) -> usize {
        self.0.values().map(|row| row.findings).sum()
    }

    /// Faults that were played and never hit: they have shown nothing.
    pub fn missed(&self) -> Vec<&str> {
        self.0.iter().filter(|(_, row)| row.hits == 0).map(|(name, _)| name.as_str()).collect()
    }

    pub fn markdown(&self) -> String {
        let mut text = "| fault | seeds | orders | hits | findings |\n|---|---|---|---|---|\n".to_owned();
        for name in SCHEDULE.map(|fault| fault.name()) {
            if let Some(Row { seeds, orders, hits, findings }) = self.0.get(&name) {
                let _ = writeln!(text, "| {name} | {seeds} | {orders} | {hits} | {findings} |");
            }
        }
        text
    }

    /// Puts the table into docs/FAULTS.md, in the place of the one that came of the same servers.
    pub fn write(&self, servers: &str, how: &str) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/FAULTS.md");
        let page = fs::read_to_string(&path).expect("docs/FAULTS.md is there");
        let (before, rest) = page.split_once(BEGIN).expect("the page says where the tables begin");
        let (tables, after) = rest.split_once(END).expect("the page says where the tables end");
        let mut by_servers: BTreeMap<&str, String> = tables
            .split(HEADING)
            .filter_map(|table| table.split_once('\n'))
            .map(|(of, text)| (of, text.trim().to_owned()))
            .collect();
        by_servers.insert(servers, format!("{how}\n\n{}", self.markdown().trim_end()));
        let tables: String =
            by_servers.iter().flat_map(|(of, text)| [HEADING, of, "\n\n", text.trim(), "\n\n"]).collect();
        fs::write(&path, format!("{before}{BEGIN}{tables}{END}{after}")).expect("docs/FAULTS.md can be written");
    }
}
