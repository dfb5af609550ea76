//! A server of somebody else (`SOUK_MYSQL_URL`): databases and users are made there by connection.

use anyhow::{Context as _, anyhow};
use sqlx::{AssertSqlSafe, Connection as _, MySqlConnection};
use url::Url;

use super::accounts::ServiceAccount;

/// Makes databases, users and grants, and gives each service's URL.
///
/// # Errors
/// When the server cannot be reached, or the user of `url` may not create databases and users.
pub async fn prepare_outside(url: &str, accounts: &[ServiceAccount]) -> anyhow::Result<Vec<(ServiceAccount, String)>> {
    let base = Url::parse(url).context("SOUK_MYSQL_URL is not a URL: expected mysql://user:password@host:3306")?;
    let mut connection = MySqlConnection::connect(url).await.map_err(|error| {
        let (host, port) = (base.host_str().unwrap_or("?"), base.port().unwrap_or(3306));
        anyhow!(
            "SOUK_MYSQL_URL: the server at {host}:{port} cannot be used ({error}); check address, user and password"
        )
    })?;
    let mut urls = Vec::new();
    for account in accounts {
        for statement in account.statements() {
            // Built from our own names and from passwords of letters and digits.
            sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await.map_err(|error| {
                anyhow!("SOUK_MYSQL_URL: its user must be allowed to create databases and users and to grant rights: {error}")
            })?;
        }
        urls.push((account.clone(), service_url(&base, account)?));
    }
    connection.close().await?;
    Ok(urls)
}

/// The given URL (host, port and options such as TLS) with the service's user, password and database.
fn service_url(base: &Url, account: &ServiceAccount) -> anyhow::Result<String> {
    let name = account.service.database();
    let mut url = base.clone();
    url.set_path(&format!("/{name}"));
    let set = url.set_username(&name).and_then(|()| url.set_password(Some(&account.password)));
    set.map_err(|()| anyhow!("SOUK_MYSQL_URL has no host: expected mysql://user:password@host:3306"))?;
    Ok(url.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::Service;

    #[test]
    fn a_services_url_keeps_host_and_options_and_nothing_of_the_administrator() {
        let base = Url::parse("mysql://root:secret@db.example:3307/mysql?ssl-mode=REQUIRED").unwrap();
        let account = ServiceAccount { service: Service::Orders, password: "pw".to_owned() };
        assert_eq!(
            service_url(&base, &account).unwrap(),
            "mysql://souk_orders:pw@db.example:3307/souk_orders?ssl-mode=REQUIRED"
        );
    }
}
