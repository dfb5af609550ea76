//! Single flight: queries that ask a subgraph for the same, for the same caller, at the same moment, are one.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use futures_util::{
    FutureExt as _,
    future::{BoxFuture, Shared, WeakShared},
};
use http::HeaderValue;

use crate::errors::GraphqlError;

type Flight = BoxFuture<'static, Result<Bytes, GraphqlError>>;

/// What makes two queries the same. The caller's credential is part of it: answers are never shared across.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct FlightKey {
    pub(crate) subgraph: Arc<str>,
    pub(crate) authorization: Option<HeaderValue>,
    pub(crate) body: Bytes,
}

/// The queries under way.
#[derive(Debug, Default)]
pub(crate) struct Flights {
    under_way: Mutex<HashMap<FlightKey, WeakShared<Flight>>>,
}

impl Flights {
    /// Joins the query that is under way, or begins it. It goes on as long as one of those who wait is there.
    pub(crate) async fn join(&self, key: FlightKey, begin: impl FnOnce() -> Flight) -> Result<Bytes, GraphqlError> {
        let (flight, is_mine) = self.board(&key, begin);
        let _landing = Landing { flights: self, key: is_mine.then_some(&key) };
        flight.await
    }

    fn board(&self, key: &FlightKey, begin: impl FnOnce() -> Flight) -> (Shared<Flight>, bool) {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let joined = under_way.get(key).and_then(WeakShared::upgrade).filter(|flight| flight.peek().is_none());
        if let Some(flight) = joined {
            metrics::counter!("router_single_flight_joined_total").increment(1);
            return (flight, false);
        }
        let flight = begin().shared();
        if let Some(weak) = flight.downgrade() {
            under_way.insert(key.clone(), weak);
        }
        (flight, true)
    }
}

/// Takes a query off the list when the one who began it is done, or gone.
struct Landing<'a> {
    flights: &'a Flights,
    key: Option<&'a FlightKey>,
}

impl Drop for Landing<'_> {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            self.flights.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join_all;

    use super::*;

    fn key(body: &'static str, token: Option<&'static str>) -> FlightKey {
        let authorization = token.map(HeaderValue::from_static);
        FlightKey { subgraph: "s".into(), authorization, body: Bytes::from_static(body.as_bytes()) }
    }

    #[tokio::test]
    async fn equal_queries_of_one_caller_are_sent_once_and_never_shared_between_callers() {
        let (flights, sent) = (Flights::default(), Arc::new(AtomicUsize::new(0)));
        let number = || {
            let sent = Arc::clone(&sent);
            async move {
                tokio::task::yield_now().await;
                Ok(Bytes::from(sent.fetch_add(1, Ordering::Relaxed).to_string()))
            }
        };
        let query = |key: FlightKey| flights.join(key, || number().boxed());
        let keys = [key("a", None), key("a", None), key("b", None), key("a", Some("x")), key("a", Some("x"))];
        let answers: Vec<Bytes> = join_all(keys.map(query)).await.into_iter().map(Result::unwrap).collect();
        assert_eq!((&answers[0], &answers[3]), (&answers[1], &answers[4]));
        assert_eq!(sent.load(Ordering::Relaxed), 3);
        assert!(flights.under_way.lock().unwrap().is_empty());
        // A later one asks again.
        assert_eq!(query(key("a", None)).await.unwrap(), "3");
    }
}
