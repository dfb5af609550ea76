//! Databases and users: each service has a user of its own that may touch its own database and nothing else.

use std::fmt;

use crate::{services::Service, trust::Secrets};

/// One service's door to the database server.
#[derive(Debug, Clone)]
pub struct ServiceAccount {
    pub service: Service,
    pub password: String,
}

impl ServiceAccount {
    /// One for each subgraph.
    pub fn all(secrets: &Secrets) -> Vec<Self> {
        let account = |service: Service| {
            let password = secrets.mysql.get(service.name()).cloned().unwrap_or_default();
            Self { service, password }
        };
        Service::SUBGRAPHS.into_iter().map(account).collect()
    }

    /// `SOUK_MYSQL_URL` of the service; `server` is host:port.
    pub fn url(&self, server: impl fmt::Display) -> String {
        let name = self.service.database();
        format!("mysql://{name}:{}@{server}/{name}", self.password)
    }

    /// What an administrator runs; again and again without harm.
    pub fn statements(&self) -> Vec<String> {
        let name = self.service.database();
        // In a grant `_` stands for any character, so it is escaped.
        let database = name.replace('_', "\\_");
        vec![
            format!("CREATE DATABASE IF NOT EXISTS `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci"),
            format!("CREATE USER IF NOT EXISTS '{name}'@'%' IDENTIFIED BY '{}'", self.password),
            format!("ALTER USER '{name}'@'%' IDENTIFIED BY '{}'", self.password),
            format!("GRANT ALL PRIVILEGES ON `{database}`.* TO '{name}'@'%'"),
        ]
    }
}

/// The start script of a private server: closes the doors that its installer leaves open, then makes ours.
/// One statement a line, as `--init-file` wants it.
pub fn start_script(secrets: &Secrets) -> String {
    let root = &secrets.mysql_root;
    let mut statements = vec![
        // Passwordless on a fresh data folder.
        format!("ALTER USER 'root'@'localhost' IDENTIFIED BY '{root}'"),
        "DROP USER IF EXISTS 'root'@'::1', ''@'localhost'".to_owned(),
        // For people and tests that look where no service may.
        format!("CREATE USER IF NOT EXISTS 'root'@'127.0.0.1' IDENTIFIED BY '{root}'"),
        format!("ALTER USER 'root'@'127.0.0.1' IDENTIFIED BY '{root}'"),
        "GRANT ALL PRIVILEGES ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION".to_owned(),
    ];
    statements.extend(ServiceAccount::all(secrets).iter().flat_map(ServiceAccount::statements));
    script(&statements)
}

/// The same for a server that is somebody's already: databases, users and grants only.
pub fn account_script(accounts: &[ServiceAccount]) -> String {
    let statements: Vec<String> = accounts.iter().flat_map(ServiceAccount::statements).collect();
    script(&statements)
}

fn script(statements: &[String]) -> String {
    statements.join(";\n") + ";\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_names_one_database_exactly() {
        let account = ServiceAccount { service: Service::Orders, password: "pw".to_owned() };
        let statements = account.statements();
        assert!(statements[3].contains("ON `souk\\_orders`.*"), "{statements:?}");
        assert_eq!(account.url("127.0.0.1:3306"), "mysql://souk_orders:pw@127.0.0.1:3306/souk_orders");
    }
}
