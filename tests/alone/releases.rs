//! Two releases side by side on one database.

use souk_testing::{Broker, MySql};
use sqlx::Connection as _;

use crate::process::Ground;

#[tokio::test(flavor = "multi_thread")]
async fn the_release_before_starts_on_a_database_that_the_next_one_has_migrated() {
    let (mysql, broker) = (MySql::own().await, Broker::start());
    let ground = Ground::new(&format!("127.0.0.1:{}", mysql.port), &broker.brokers());
    ground.run(&["trust", "mysql", "admin"]);
    let first = ground.start("products", "");
    first.ready().await;
    first.terminate();
    assert_eq!(first.wait(), Some(0), "{}", first.told());

    let root = format!("mysql://root@127.0.0.1:{}/souk_products", mysql.port);
    let mut root = sqlx::MySqlConnection::connect(&root).await.unwrap();
    for table in ["_sqlx_migrations", "_kit_migrations"] {
        let landed = format!(
            "INSERT INTO {table} (version, description, success, checksum, execution_time)
             VALUES (9999, 'of the next release', TRUE, x'00', 1)"
        );
        sqlx::query(sqlx::AssertSqlSafe(landed)).execute(&mut root).await.unwrap();
    }
    let again = ground.start("products", "");
    again.ready().await;
    again.terminate();
    assert_eq!(again.wait(), Some(0), "{}", again.told());
}
