//! One private MySQL server a test binary, one fresh database a test; and servers that a test may kill.

use std::sync::{Mutex, OnceLock, PoisonError};

use secrecy::SecretString;
use sqlx::{
    Connection as _, MySqlConnection, Row as _,
    mysql::{MySqlConnectOptions, MySqlRow},
};

use crate::server::{Durability, Server};

/// The server of this test binary.
#[derive(Debug)]
pub struct MySql {
    pub port: u16,
    server: Mutex<Server>,
}

/// A database of one test.
#[derive(Debug, Clone)]
pub struct Database {
    pub name: String,
    pub port: u16,
}

/// A connection to a database, and what it is about.
#[derive(Debug, Clone)]
pub struct Activity {
    /// The server's number of the connection.
    pub id: u64,
    /// Empty when nothing is going on.
    pub state: String,
    /// The first hundred bytes of the statement under way.
    pub statement: String,
}

impl MySql {
    /// The running server, started at the first call.
    ///
    /// # Panics
    /// When no server is installed or it does not start: the message says what to do.
    pub async fn shared() -> &'static Self {
        static SERVER: OnceLock<MySql> = OnceLock::new();
        let start = || SERVER.get_or_init(|| Self::of(Server::start(Durability::Relaxed)));
        tokio::task::spawn_blocking(start).await.expect("starting MySQL does not panic twice")
    }

    /// A server of one test alone, with full durability, which the test may kill and start again.
    ///
    /// # Panics
    /// When no server is installed or it does not start: the message says what to do.
    pub async fn own() -> Self {
        let start = || Self::of(Server::start(Durability::Full));
        tokio::task::spawn_blocking(start).await.expect("starting MySQL does not panic twice")
    }

    /// Ends the server as a crash does.
    ///
    /// # Panics
    /// When it does not go.
    pub fn kill(&self) {
        tokio::task::block_in_place(|| self.server.lock().unwrap_or_else(PoisonError::into_inner).kill());
    }

    /// Starts it again after [`MySql::kill`], on the same port and data.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn start_again(&self) {
        tokio::task::block_in_place(|| self.server.lock().unwrap_or_else(PoisonError::into_inner).run());
    }

    fn of(server: Server) -> Self {
        Self { port: server.port, server: Mutex::new(server) }
    }

    /// A fresh, empty database.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn database(&self) -> Database {
        let database = Database { name: format!("t{}", uuid::Uuid::new_v4().simple()), port: self.port };
        let mut root = connect(self.port, "").await.expect("the private server accepts root");
        let create = format!("CREATE DATABASE {} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci", database.name);
        sqlx::query(sqlx::AssertSqlSafe(create)).execute(&mut root).await.expect("root may create databases");
        database
    }
}

impl Database {
    pub fn url(&self) -> SecretString {
        format!("mysql://root@127.0.0.1:{}/{}", self.port, self.name).into()
    }

    /// A connection of the test's own, to look at rows.
    ///
    /// # Panics
    /// When the server is gone.
    pub async fn connect(&self) -> MySqlConnection {
        connect(self.port, &self.name).await.expect("the private server is up")
    }

    /// What goes on in this database. Not from `information_schema.processlist`: to fill it MySQL converts what every
    /// connection of the server is running into utf8mb3, also when nobody asks for that column, and fails with 3854
    /// while one of them runs a statement with binary ids.
    ///
    /// # Panics
    /// When the server is gone.
    pub async fn activities(&self) -> Vec<Activity> {
        let mut root = connect(self.port, "").await.expect("the private server accepts root");
        let rows = sqlx::raw_sql("SHOW PROCESSLIST").fetch_all(&mut root).await.expect("root may see all connections");
        let ours = rows.iter().filter(|row| text(row, "db") == self.name);
        let activity = |row: &MySqlRow| Activity {
            // Signed on MariaDB, unsigned on MySQL.
            id: row.try_get_unchecked("Id").expect("connections are numbered"),
            state: text(row, "State"),
            statement: text(row, "Info"),
        };
        ours.map(activity).collect()
    }
}

/// As bytes: a statement with binary ids is no text in any character set.
fn text(row: &MySqlRow, column: &str) -> String {
    let bytes: Option<Vec<u8>> = row.try_get_unchecked(column).expect("a list of connections has this column");
    String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned()
}

async fn connect(port: u16, database: &str) -> Result<MySqlConnection, sqlx::Error> {
    let options = MySqlConnectOptions::new().host("127.0.0.1").port(port).username("root").database(database);
    MySqlConnection::connect_with(&options).await
}
