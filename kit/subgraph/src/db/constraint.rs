//! Names of violated constraints. sqlx does not give them for MySQL, so they are read from the message, whose
//! form differs between servers.

/// A statement that a constraint refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Violation {
    /// 1062: the unique key's name, `PRIMARY` for the primary key.
    Unique(String),
    /// 4025 on MariaDB, 3819 on MySQL: the CHECK's name.
    Check(String),
    /// 1451, 1452: a foreign key's name.
    ForeignKey(String),
}

/// The violated constraint, when the error is about one.
pub fn violation(error: &sqlx::Error) -> Option<Violation> {
    let sqlx::Error::Database(error) = error else { return None };
    let mysql = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>()?;
    parse(mysql.number(), mysql.message())
}

fn parse(number: u16, message: &str) -> Option<Violation> {
    match number {
        // "... for key 'k'" on MariaDB, "... for key 't.k'" on MySQL
        1062 => {
            let key = quoted_after(message, "for key ")?;
            Some(Violation::Unique(key.rsplit('.').next().unwrap_or(key).to_owned()))
        }
        // "CONSTRAINT `c` failed for `db`.`t`"
        4025 => quoted_after(message, "CONSTRAINT ").map(|name| {
            // MariaDB writes a column's check as `table.column`
            Violation::Check(name.rsplit('.').next().unwrap_or(name).to_owned())
        }),
        // "Check constraint 'c' is violated."
        3819 => quoted_after(message, "Check constraint ").map(|name| Violation::Check(name.to_owned())),
        1451 | 1452 => quoted_after(message, "CONSTRAINT ").map(|name| Violation::ForeignKey(name.to_owned())),
        _ => None,
    }
}

fn quoted_after<'a>(message: &'a str, marker: &str) -> Option<&'a str> {
    let rest = &message[message.rfind(marker)? + marker.len()..];
    let quote = rest.chars().next().filter(|first| matches!(first, '\'' | '`' | '"'))?;
    rest[1..].split(quote).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_servers_forms_are_read() {
        let unique = |name: &str| Some(Violation::Unique(name.to_owned()));
        let check = |name: &str| Some(Violation::Check(name.to_owned()));
        assert_eq!(parse(1062, "Duplicate entry 'a' for key 'users_email'"), unique("users_email"));
        assert_eq!(parse(1062, "Duplicate entry 'a' for key 'users.users_email'"), unique("users_email"));
        assert_eq!(parse(1062, "Duplicate entry 'x for key 'y'' for key 'PRIMARY'"), unique("PRIMARY"));
        assert_eq!(
            parse(4025, "CONSTRAINT `stock_not_negative` failed for `inv`.`stock`"),
            check("stock_not_negative")
        );
        assert_eq!(parse(3819, "Check constraint 'stock_not_negative' is violated."), check("stock_not_negative"));
        assert_eq!(parse(1213, "Deadlock found"), None);
    }
}
