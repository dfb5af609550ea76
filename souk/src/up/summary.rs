//! The table at the end of the start: where to click, who to be, what to paste.

use super::{board::ShopFile, options::UpOptions};

/// A query that shows four subgraphs at once.
const QUERY: &str = "{ products(first: 3, sort: PRICE_ASC) { totalCount nodes { title variants { sku \
                     price { amount currencyCode } availability { available } } } } }";

pub fn table(shop: Option<&ShopFile>, options: &UpOptions) -> String {
    let Some(shop) = shop else { return String::new() };
    let mut rows = vec![
        ("GraphiQL", origin(&shop.graphql)),
        ("order tracker", shop.tracker.clone()),
        ("GraphQL", format!("{}   (subscriptions: {})", shop.graphql, shop.ws)),
    ];
    for role in ["customer", "staff", "admin"] {
        if let Some(login) = shop.logins.get(role) {
            rows.push((role, format!("{} / {}", login.email, login.password)));
        }
    }
    rows.extend([
        ("discovery", origin(&shop.discovery)),
        ("router's admin", shop.admin.clone()),
        ("Kafka", format!("{} ({})", shop.kafka.brokers, shop.kafka.kind)),
        ("MySQL", mysql(shop)),
        ("mails", shop.mailbox.display().to_string()),
        ("data", format!("{} (logs in logs/)", shop.data.display())),
    ]);
    if options.no_seed {
        rows.push(("catalogue", "empty, as asked; `souk seed` loads the demo".to_owned()));
    }
    let mut lines = vec![String::new(), "  Souk is open.".to_owned(), String::new()];
    lines.extend(rows.into_iter().map(|(name, value)| format!("  {name:<15} {value}")));
    lines.extend([String::new(), "  A query to paste:".to_owned(), format!("  {QUERY}"), String::new()]);
    lines.push("  Ctrl-C stops all in order; the data stays.".to_owned());
    lines.push(String::new());
    lines.join("\n")
}

/// The server without anybody's password.
fn mysql(shop: &ShopFile) -> String {
    let url = shop.mysql.get("orders").and_then(|url| url::Url::parse(url).ok());
    let server = url.and_then(|url| Some(format!("{}:{}", url.host_str()?, url.port().unwrap_or(3306))));
    format!("{} (a database and a user for each service)", server.unwrap_or_default())
}

fn origin(url: &str) -> String {
    url::Url::parse(url).map(|url| format!("{}/", url.origin().ascii_serialization())).unwrap_or_default()
}
