//! Relay pages by keyset: a cursor is the last row's sort key, so a page costs the same however deep it is.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};

use crate::{error::ApiError, graphql::PageInfo};

/// The ceiling of `first`.
pub const MAX_FIRST: i32 = 100;

/// A parsed request for a page. `K` is the sort key, e.g. `(DateTime, OrderId)`.
#[derive(Debug, Clone)]
pub struct PageRequest<K> {
    pub first: u32,
    pub after: Option<K>,
}

/// A row and its sort key.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// At most `first` rows, each with its cursor.
    pub rows: Vec<(String, T)>,
    pub has_next_page: bool,
    pub has_previous_page: bool,
}

impl<K: DeserializeOwned> PageRequest<K> {
    /// Parses `first` and `after`. `list` names the list (and its order), so that a cursor of another one is refused.
    ///
    /// # Errors
    /// `first` outside 1 to 100, or a cursor that is not one of this list.
    pub fn parse(list: &str, first: i32, after: Option<&str>) -> Result<Self, ApiError> {
        if !(1..=MAX_FIRST).contains(&first) {
            return Err(ApiError::bad_input(format!("first must be 1 to {MAX_FIRST}, not {first}")));
        }
        let after = after.map(|cursor| decode(list, cursor)).transpose()?;
        Ok(Self { first: first.unsigned_abs(), after })
    }

    /// How many rows to read: one more than asked, to know whether there is a next page.
    pub fn limit(&self) -> u32 {
        self.first + 1
    }
}

impl<T> Page<T> {
    /// Cuts the rows read with [`PageRequest::limit`] to a page.
    pub fn cut<K: Serialize>(list: &str, request: &PageRequest<K>, mut rows: Vec<T>, key: impl Fn(&T) -> K) -> Self {
        let has_next_page = rows.len() > request.first as usize;
        rows.truncate(request.first as usize);
        let rows = rows.into_iter().map(|row| (encode(list, &key(&row)), row)).collect();
        Self { rows, has_next_page, has_previous_page: request.after.is_some() }
    }

    pub fn info(&self) -> PageInfo {
        PageInfo {
            has_next_page: self.has_next_page,
            has_previous_page: self.has_previous_page,
            start_cursor: self.rows.first().map(|(cursor, _)| cursor.clone()),
            end_cursor: self.rows.last().map(|(cursor, _)| cursor.clone()),
        }
    }
}

/// The cursor of a row with this sort key.
pub fn encode<K: Serialize>(list: &str, key: &K) -> String {
    // A sort key is plain data; should it not serialize, the cursor is one that `decode` refuses.
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&(list, key)).unwrap_or_default())
}

fn decode<K: DeserializeOwned>(list: &str, cursor: &str) -> Result<K, ApiError> {
    let malformed =
        || ApiError::bad_input("after is not a cursor of this list: pass an endCursor that this list gave you");
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| malformed())?;
    let (name, key): (String, K) = serde_json::from_slice(&bytes).map_err(|_| malformed())?;
    if name == list { Ok(key) } else { Err(malformed()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_back_to_its_key() {
        let cursor = encode("orders", &(7_u64, "x"));
        let request: PageRequest<(u64, String)> = PageRequest::parse("orders", 20, Some(&cursor)).unwrap();
        assert_eq!(request.after, Some((7, "x".to_owned())));
    }

    #[test]
    fn cursors_of_other_lists_and_noise_are_refused() {
        let cursor = encode("orders", &7_u64);
        for bad in [encode("products", &7_u64), "???".to_owned(), String::new(), format!("{cursor}x")] {
            assert!(PageRequest::<u64>::parse("orders", 20, Some(&bad)).is_err(), "{bad}");
        }
        for first in [0, -1, 101, i32::MIN] {
            assert!(PageRequest::<u64>::parse("orders", first, None).is_err());
        }
    }

    #[test]
    fn one_row_too_many_means_a_next_page() {
        let request = PageRequest { first: 2, after: None::<u32> };
        let page = Page::cut("n", &request, vec![1, 2, 3], |n| *n);
        assert_eq!((page.rows.len(), page.has_next_page, page.has_previous_page), (2, true, false));
    }
}
