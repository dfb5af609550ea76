//! What a service says to its database: the statements of one stretch of a test, from the server's own general log.

use std::collections::HashSet;

use sqlx::Connection as _;

use crate::Database;

/// A running record of the statements sent to one database.
#[derive(Debug)]
pub struct Statements {
    database: Database,
    from: String,
}

impl Statements {
    /// Starts recording. The log is switched on for the whole private server and stays on; other databases' lines
    /// are left out when it is read.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn record(database: &Database) -> Self {
        let mut connection = database.connect().await;
        for setting in ["SET GLOBAL log_output = 'TABLE'", "SET GLOBAL general_log = 'ON'"] {
            sqlx::raw_sql(setting).execute(&mut connection).await.expect("root may log");
        }
        let (from,): (String,) = sqlx::query_as("SELECT CAST(NOW(6) AS CHAR)")
            .fetch_one(&mut connection)
            .await
            .expect("the server knows the time");
        let _ = connection.close().await;
        Self { database: database.clone(), from }
    }

    /// The statements executed since the start that name one of `tables`, oldest first. Statements of background
    /// work name other tables and so stay out.
    ///
    /// # Panics
    /// When the log cannot be read.
    pub async fn naming(&self, tables: &[&str]) -> Vec<String> {
        let connections = self.database.activities().await;
        let threads: HashSet<u64> = connections.into_iter().map(|connection| connection.id).collect();
        let mut connection = self.database.connect().await;
        // As bytes: a statement with binary ids is no text in any character set.
        let rows: Vec<(u64, Vec<u8>)> = sqlx::query_as(
            "SELECT CAST(thread_id AS UNSIGNED), CAST(argument AS BINARY)
             FROM mysql.general_log
             WHERE event_time >= ? AND command_type IN ('Execute', 'Query')
             ORDER BY event_time",
        )
        .bind(&self.from)
        .fetch_all(&mut connection)
        .await
        .expect("the log can be read");
        let _ = connection.close().await;
        let names = |statement: &str| {
            let mut words = statement.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            words.any(|word| tables.contains(&word))
        };
        let ours = rows.into_iter().filter(|(thread, _)| threads.contains(thread));
        let texts = ours.map(|(_, statement)| String::from_utf8_lossy(&statement).into_owned());
        texts.filter(|statement| names(statement)).collect()
    }
}
