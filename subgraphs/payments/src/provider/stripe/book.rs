//! The intents of a time as Stripe lists them, with their amounts.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use souk_contracts::{CurrencyCode, Money, PaymentId};

use super::{
    super::{BookPage, ProviderError, unknown},
    http::Http,
    intent::WireIntent,
};
use crate::domain::Booked;

/// The most that one answer of Stripe's lists.
const LISTED: &str = "100";

#[derive(Debug, Deserialize)]
struct WirePage {
    data: Vec<WireBooked>,
    #[serde(default)]
    has_more: bool,
}

#[derive(Debug, Deserialize)]
struct WireBooked {
    #[serde(flatten)]
    intent: WireIntent,
    amount: i64,
    amount_received: i64,
    currency: String,
    latest_charge: Option<WireLatest>,
}

/// What the money was taken by; only a whole one tells what went back.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum WireLatest {
    Whole { amount_refunded: i64 },
    Id(String),
}

/// Newest first. The account may be used for other things too: what does not name a payment of ours is left out.
pub(super) async fn page(http: &Http, since: DateTime<Utc>, after: Option<&str>) -> Result<BookPage, ProviderError> {
    let since = since.timestamp().to_string();
    let mut query = vec![("created[gte]", since.as_str()), ("limit", LISTED), ("expand[]", "data.latest_charge")];
    query.extend(after.map(|id| ("starting_after", id)));
    let page: WirePage = http.get("/v1/payment_intents", &query).await?;
    let last = page.data.last().map(|booked| booked.intent.id.clone());
    let ours = page.data.into_iter().filter(|booked| booked.intent.reference().parse::<PaymentId>().is_ok());
    let charges = ours.map(WireBooked::booked).collect::<Result<_, _>>()?;
    Ok(BookPage { charges, after: last.filter(|_| page.has_more) })
}

impl WireBooked {
    fn booked(self) -> Result<Booked, ProviderError> {
        let code = self.currency.to_ascii_uppercase();
        let currency: CurrencyCode = code.parse().map_err(|_| unknown(format!("an intent in {code}")))?;
        let refunded_minor = match self.latest_charge {
            Some(WireLatest::Whole { amount_refunded }) => amount_refunded,
            Some(WireLatest::Id(id)) => return Err(unknown(format!("of the charge {id} only its id"))),
            None => 0,
        };
        let reference = self.intent.reference();
        Ok(Booked {
            charge: self.intent.charge(reference, Vec::new())?,
            amount: Money::new(self.amount, currency),
            captured_minor: self.amount_received,
            refunded_minor,
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use serde_json::json;
    use wiremock::{
        Mock,
        matchers::{method, path, query_param},
    };

    use super::*;
    use crate::{
        domain::ChargeStatus,
        provider::{
            Provider as _,
            stripe::tests::{INTENTS, answer, paid_ago, stripe},
        },
    };

    #[tokio::test]
    async fn the_book_has_our_intents_with_their_amounts_page_by_page() {
        let (server, stripe) = stripe().await;
        let since = DateTime::from_timestamp(1_000, 0).unwrap();
        let ours = paid_ago(TimeDelta::zero()).to_string();
        let listed = |id: &str, payment: &str, charge: serde_json::Value| {
            json!({ "id": id, "status": "succeeded", "amount": 1_990, "amount_received": 1_990, "currency": "eur",
                "latest_charge": charge, "metadata": { "payment_id": payment } })
        };
        let back = json!({ "id": "ch_1", "amount_refunded": 500 });
        let pages = || Mock::given(method("GET")).and(path(INTENTS)).and(query_param("created[gte]", "1000"));
        let second = json!({ "data": [listed("pi_3", &ours, json!("ch_3"))], "has_more": false });
        pages().and(query_param("starting_after", "pi_2")).respond_with(answer(200, &second)).mount(&server).await;
        let others = listed("pi_2", "pay_of_another_shop", json!("ch_2"));
        let first = json!({ "data": [listed("pi_1", &ours, back), others], "has_more": true });
        let expanded = query_param("expand[]", "data.latest_charge");
        pages().and(expanded).respond_with(answer(200, &first)).with_priority(9).mount(&server).await;

        let page = stripe.book(since, None).await.unwrap();
        let [booked] = &page.charges[..] else { panic!("one is ours: {page:?}") };
        assert_eq!((&booked.charge.reference, &booked.charge.status), (&ours, &ChargeStatus::Captured));
        assert_eq!((booked.amount, booked.captured_minor), (Money::new(1_990, CurrencyCode::Eur), 1_990));
        assert_eq!((booked.refunded_minor, page.after.as_deref()), (500, Some("pi_2")));
        let refused = stripe.book(since, page.after.as_deref()).await.unwrap_err();
        assert!(refused.to_string().contains("ch_3"), "what went back is not known: {refused}");
    }
}
